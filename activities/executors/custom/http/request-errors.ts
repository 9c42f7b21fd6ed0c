import { KubernautError } from '../../../../plan/errors';
import { formatDuration } from '../../../../plan/duration';

/** Statuses after which the same request may well succeed. */
const AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Codes of failures before anything was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** An answer never came, or never came whole; whether the receiver acted is unknown. The library's error, which has the headers, is dropped. */
export function requestError(what: string, error: unknown): KubernautError {
  if (error instanceof KubernautError) return error;
  const code = (error as { code?: unknown }).code;
  const shown = typeof code === 'string' ? code : 'no answer';
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ERR_TLS/.test(shown)) {
    return new KubernautError('PRECONDITION_FAILED', `${what}: the server’s certificate is not trusted (${shown})`, {
      remedy: 'Correct the certificate, or give the worker its authority with NODE_EXTRA_CA_CERTS.',
    });
  }
  return new KubernautError('UNAVAILABLE', `${what}: ${shown}${NOT_SENT.has(shown) ? ', nothing was sent' : ''}`, {
    remedy: 'The receiver cannot be reached or gave no whole answer; the engine tries again.',
  });
}

export function timeoutError(what: string, timeoutMs: number): KubernautError {
  return new KubernautError('UNAVAILABLE', `${what}: no answer within ${formatDuration(timeoutMs)}`, {
    remedy: 'The receiver is too slow; the engine tries again.',
  });
}

/** An answer with a status that was not expected. Its body is not told: it may hold anything. */
export function statusError(
  what: string,
  { status, headers }: { status: number; headers: Readonly<Record<string, string>> },
  expected: string,
): KubernautError {
  const seconds = Number(headers['retry-after']);
  const message = `${what}: answered ${status}, expected ${expected}`;
  if (!AGAIN.has(status)) {
    return new KubernautError('REJECTED_BY_SERVER', message, {
      remedy: 'The receiver refused the request; see its own log.',
    });
  }
  return new KubernautError(status === 429 ? 'THROTTLED' : 'UNAVAILABLE', message, {
    remedy: 'The receiver fails or asks for less load; the engine tries again.',
    ...(seconds > 0 && { retryAfterMs: Math.min(seconds, 3600) * 1000 }),
  });
}
