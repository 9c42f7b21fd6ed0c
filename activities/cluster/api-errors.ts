import type { Json, JsonObject } from '../../plan/json';
import { KubernautError, type ErrorCode } from '../../plan/errors';

const MESSAGE_CAP = 500;

/** The parts of a `v1.Status` that errors are classified by. */
interface StatusBody {
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number; causes?: Array<{ reason?: string; message?: string; field?: string }> };
}

/** A server-side apply that would take fields from other managers; all of them are named. */
export class ApplyConflict extends KubernautError {
  constructor(
    message: string,
    readonly conflicts: ReadonlyArray<{ manager: string; field: string }>,
  ) {
    super('PRECONDITION_FAILED', message, {
      remedy: 'Change the field where its manager gets it from, or leave it out of the manifest.',
    });
  }
}

/**
 * Turns an answer other than 2xx into an error of the catalogue. `call` is verb and object (`patch Deployment shop/web`).
 * The message comes from `Status.message` alone, in one line and capped: bodies of proxies and webhooks may hold anything.
 */
export function apiError(call: string, status: number, body: string, retryAfter?: string): KubernautError {
  const details = parseStatus(body);
  const cause = oneLine(withoutObjects(details?.message ?? details?.reason ?? `HTTP ${status}`));
  const conflicts = applyConflicts(details);
  if (status === 409 && conflicts.length > 0) {
    const owned = conflicts.map(({ manager, field }) => `${field} belongs to ${manager}`);
    return new ApplyConflict(oneLine(`${call}: ${owned.join(', ')}`), conflicts);
  }
  const budget = budgetCause(details);
  const code = codeOf(status, details);
  const retryAfterMs = retryAfterOf(details, retryAfter);
  return new KubernautError(code, `${call}: ${budget ?? cause}`, { retryAfterMs });
}

/** A call that got no answer: refused, reset, timed out. A write may have been done all the same. */
export function networkError(call: string, error: unknown): KubernautError {
  const { code, message } = error as { code?: string; message?: string };
  return new KubernautError('UNAVAILABLE', `${call}: ${oneLine([code, message].filter(Boolean).join(' '))}`);
}

/** Validation errors quote the offending value, which may be the whole object with all that is in its environment. */
function withoutObjects(message: string): string {
  return message
    .replace(/Invalid value: "\{(?:\\.|[^"\\])*"/gs, 'Invalid value (not shown)')
    .replace(/Invalid value: (?:[\w.*[\]]+)?\{.*\}/gs, 'Invalid value (not shown)');
}

export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MESSAGE_CAP ? `${line.slice(0, MESSAGE_CAP - 1)}…` : line;
}

function codeOf(status: number, details: StatusBody | undefined): ErrorCode {
  const message = details?.message ?? '';
  switch (status) {
    case 401:
      return 'UNAUTHORIZED';
    case 403:
      // Quota and admission refusals are 403 too, but no RBAC rule would help against them.
      return /exceeded quota|admission webhook|violates PodSecurity|is being terminated/i.test(message)
        ? 'REJECTED_BY_SERVER'
        : 'FORBIDDEN';
    case 404:
    case 410:
      return 'TARGET_NOT_FOUND';
    case 409:
      if (details?.reason === 'AlreadyExists') return 'PRECONDITION_FAILED';
      return /UID in (the )?precondition/.test(message) ? 'TARGET_REPLACED' : 'CONFLICT';
    case 422:
      // A patch that replaces /metadata/uid by the uid it expects: the server calls the difference an immutable field.
      return details?.details?.causes?.some((cause) => cause.field === 'metadata.uid')
        ? 'TARGET_REPLACED'
        : 'REJECTED_BY_SERVER';
    case 429:
      return budgetCause(details) ? 'DISRUPTION_BUDGET' : 'THROTTLED';
    default:
      // The eviction API answers 500 to a pod of two budgets; no retry ever changes that.
      if (/more than one PodDisruptionBudget/.test(message)) return 'DISRUPTION_BUDGET';
      // So it answers a server-side apply of a field that the kind does not have, or of a wrong type.
      if (/failed to create typed patch object/.test(message)) return 'REJECTED_BY_SERVER';
      return status >= 500 ? 'UNAVAILABLE' : 'REJECTED_BY_SERVER';
  }
}

/** `The disruption budget web needs 2 healthy pods and has 2 currently`: names the budget, which the message itself does not. */
function budgetCause(details: StatusBody | undefined): string | undefined {
  const cause = details?.details?.causes?.find((each) => each.reason === 'DisruptionBudget');
  return cause && oneLine(cause.message ?? 'a disruption budget allows no eviction');
}

/** The server says it only in words: `conflict with "kubectl" using v1`, of `.data.mode`. */
function applyConflicts(details: StatusBody | undefined): Array<{ manager: string; field: string }> {
  const causes = details?.details?.causes?.filter(({ reason }) => reason === 'FieldManagerConflict') ?? [];
  return causes.map(({ message = '', field = '' }) => ({
    manager: /^conflict with "((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? 'somebody else',
    field,
  }));
}

function retryAfterOf(details: StatusBody | undefined, header: string | undefined): number | undefined {
  const seconds = details?.details?.retryAfterSeconds || Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

function parseStatus(body: string): StatusBody | undefined {
  try {
    const parsed = JSON.parse(body) as Json;
    const isStatus = parsed !== null && typeof parsed === 'object' && (parsed as JsonObject).kind === 'Status';
    return isStatus ? (parsed as unknown as StatusBody) : undefined;
  } catch {
    return undefined;
  }
}
