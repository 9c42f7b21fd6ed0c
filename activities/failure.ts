import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { errorCatalogue, KubernautError, type ErrorCode } from '../plan/errors';
import { sanitizeMessage } from './redact';
import { Stopped } from './stop/brake';

/** Why the signal of a phase was aborted; the abort reason of {@link ActionContext.signal}. */
export class Stop extends Error {
  override readonly name = 'AbortError';
  constructor(
    readonly why: 'cancelled' | 'shutdown' | 'deadline',
    message: string,
  ) {
    super(message);
  }
}

/**
 * What history gets to see of an error: `type` is the code of the catalogue, `nonRetryable` follows from it, `details` is
 * `[{ code, message, remedy }]`. Never a stack trace, a cause, a raw body or a secret: what is in history stays there.
 *
 * An error that only reports that a phase was told to stop becomes what it was told: cancelled → `CancelledFailure` (then
 * the SDK completes the activity as cancelled), worker shutdown → `WORKER_SHUTDOWN` (retryable, another worker goes on),
 * deadline → `DEADLINE_EXCEEDED`. An error of its own that came meanwhile keeps its name.
 */
export function toFailure(error: unknown, where: string, stop?: Stop): ApplicationFailure | CancelledFailure {
  if (error instanceof ApplicationFailure) return error;
  if (stop !== undefined && tellsOfStop(error)) {
    if (stop.why === 'cancelled') return new CancelledFailure('CANCELLED');
    if (stop.why === 'shutdown') return failure(new KubernautError('WORKER_SHUTDOWN', `${where}: ${stop.message}`));
    return failure(new KubernautError('DEADLINE_EXCEEDED', `${where}: ${stop.message}`));
  }
  if (error instanceof KubernautError) return failure(error);
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failure(new KubernautError('INTERNAL', `${where} failed unexpectedly: ${text}`));
}

/** The label for metrics and logs: a code of the catalogue. */
export function codeOf(failure: ApplicationFailure | CancelledFailure): ErrorCode {
  if (failure instanceof CancelledFailure) return 'CANCELLED';
  return Object.hasOwn(errorCatalogue, failure.type ?? '') ? (failure.type as ErrorCode) : 'INTERNAL';
}

function failure(error: KubernautError): ApplicationFailure {
  const message = sanitizeMessage(error.message);
  const made = ApplicationFailure.create({
    message,
    type: error.code,
    nonRetryable: !error.retryable,
    details: [
      { code: error.code, message, remedy: error.remedy, ...(error instanceof Stopped && { order: error.order }) },
    ],
    // Another worker can go on at once; the retry policy's first wait would only lose time.
    nextRetryDelay: error.code === 'WORKER_SHUTDOWN' ? 1 : error.retryAfterMs,
  });
  made.stack = '';
  return made;
}

/** Aborted calls arrive as `AbortError`, as the signal's reason, as `CANCELLED`, or wrapped in one of the cluster's errors. */
function tellsOfStop(error: unknown): boolean {
  let current = error;
  for (let depth = 0; typeof current === 'object' && current !== null && depth < 8; depth++) {
    if (current instanceof Stop || current instanceof CancelledFailure) return true;
    const { name, code, cause } = current as { name?: unknown; code?: unknown; cause?: unknown };
    if (name === 'AbortError' || code === 'ABORT_ERR') return true;
    if (current instanceof KubernautError && code === 'CANCELLED') return true;
    current = cause;
  }
  return false;
}
