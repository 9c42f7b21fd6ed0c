import { KubernautError, type ErrorCode } from '../../plan/errors';
import { sanitizeMessage } from '../redact';

/** No `Retry-After` ever comes with a 429, and the model was tried three times already inside. */
const BUSY_WAIT_MS = 30_000;
/** The server's own number for a rate limit in the `error` event of a stream. */
const RATE_LIMITED = 5204;

/** What the server says went wrong: its status, or of a stream (always 200) the number in its `error` event. */
export interface HolmesRefusal {
  status?: number;
  errorCode?: number;
  /** Its words, already free of the question and the key. */
  detail: string;
}

/** The error of the catalogue. 401 has two meanings that only the words tell apart: our key, or the model's credentials. */
export function holmesError(what: string, { status, errorCode, detail }: HolmesRefusal): KubernautError {
  const said = sanitizeMessage(`${what}: ${[status, detail].filter(Boolean).join(' ')}`, 400);
  const error = (code: ErrorCode, retryAfterMs?: number) => new KubernautError(code, said, { retryAfterMs });
  if (status === 429 || errorCode === RATE_LIMITED || /RateLimitError/.test(detail))
    return error('HOLMES_BUSY', BUSY_WAIT_MS);
  if (/AuthenticationError|PermissionDeniedError|litellm.*\b40[13]\b/.test(detail))
    return error('HOLMES_MODEL_UNAUTHORIZED');
  if (status === 401 || status === 403) return error('HOLMES_UNAUTHORIZED');
  if (/BadRequestError|ContextWindowExceeded|UnsupportedParams|exceeded max_steps|NotFoundError/.test(detail)) {
    return error('HOLMES_REFUSED');
  }
  // A gateway before HolmesGPT gave up waiting; HolmesGPT did not.
  if (status === 504) return error('HOLMES_TIMEOUT');
  if (status === 502 || status === 503) return error('HOLMES_UNREACHABLE');
  if (status !== undefined && status >= 300 && status < 500) return error('HOLMES_REFUSED');
  return error('HOLMES_FAILED');
}

/**
 * The words of an error answer: FastAPI's `detail`, as text or as a list of problems. Of such a problem only place and message:
 * its `input` is the whole question once more.
 */
export function detailOf(text: string): string {
  let detail: unknown;
  try {
    detail = (JSON.parse(text) as { detail?: unknown } | null)?.detail;
  } catch {
    // A proxy's page of HTML tells nobody anything.
    return '';
  }
  if (typeof detail === 'string') return detail.replace(/\s+/g, ' ').slice(0, 500);
  if (!Array.isArray(detail)) return '';
  return (detail as { loc?: unknown; msg?: unknown }[])
    .slice(0, 3)
    .map(({ loc, msg }) => `${Array.isArray(loc) ? loc.map(String).join('.') : ''}: ${String(msg).slice(0, 200)}`)
    .join('; ');
}
