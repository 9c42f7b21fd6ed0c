import { MAX_JWS_CHARS } from '../plan/decision/signed-decision';
import { MAX_APPROVED, Steering, type ParamsChange } from '../plan/steering';

/** What each request cannot do without. */
const needed: Readonly<Record<Steering, readonly string[]>> = {
  approve: ['by', 'digest'],
  reject: ['by'],
  revoke: ['by'],
  abort: ['by'],
  pause: ['by'],
  resume: ['by'],
  takeOver: ['by'],
  handBack: ['by'],
  skipStep: ['by', 'step'],
  retryStep: ['by', 'step'],
  override: ['by'],
};
const textLimits: Readonly<Record<string, number>> = { by: 200, digest: 80, step: 80, reason: 2000 };
/** Params of a retried step, as JSON: they stand in the history and in the state of the run. */
const MAX_PARAMS_CHARS = 64 * 1024;

/** What is wrong with the form of a request; undefined: nothing. */
export function faultOf(kind: Steering, request: unknown): string | undefined {
  if (!isObject(request)) {
    return `the payload must be an object such as {"by":"you"${kind === 'approve' ? ',"digest":"sha256:…"' : ''}}`;
  }
  if (isSigned(kind, request)) {
    if (request.jws.length > MAX_JWS_CHARS) return '"jws" is longer than 8 KiB';
    return kind === Steering.override ? faultOfChanges(request.changes) : undefined;
  }
  for (const field of needed[kind]) {
    const value = request[field];
    if (typeof value !== 'string' || value.trim() === '') return `"${field}" is missing`;
  }
  for (const [field, limit] of Object.entries(textLimits)) {
    const value = request[field];
    if (value === undefined) continue;
    if (typeof value !== 'string') return `"${field}" must be a text`;
    if (value.length > limit) return `"${field}" is longer than ${limit} characters`;
  }
  if (request['undo'] !== undefined && typeof request['undo'] !== 'boolean') return '"undo" must be true or false';
  const { params, unlessBegun, also } = request;
  if (also !== undefined && !isListOfApproved(also)) {
    return `"also" must be a list of at most ${MAX_APPROVED} objects such as {"digest":"sha256:…","step":"scale"}`;
  }
  if (unlessBegun !== undefined && typeof unlessBegun !== 'boolean') return '"unlessBegun" must be true or false';
  if (params !== undefined && !isObject(params)) return '"params" must be an object';
  const changes = kind === 'override' ? faultOfChanges(request['changes']) : undefined;
  if (changes !== undefined) return changes;
  if (JSON.stringify(params ?? {}).length > MAX_PARAMS_CHARS) return '"params" is larger than 64 KiB';
  return undefined;
}

function faultOfChanges(changes: unknown): string | undefined {
  const form = `"changes" must be a list of 1 to ${MAX_APPROVED} objects such as {"step":"scale","params":{"replicas":3}}`;
  if (!Array.isArray(changes) || changes.length === 0 || changes.length > MAX_APPROVED) return form;
  const fits = (one: unknown): boolean =>
    isObject(one) &&
    Object.keys(one).every((name) => name === 'step' || name === 'params') &&
    typeof one['step'] === 'string' &&
    one['step'].length <= textLimits['step']! &&
    isObject(one['params']);
  if (!changes.every(fits)) return form;
  return JSON.stringify(changes).length > MAX_PARAMS_CHARS ? '"changes" is larger than 64 KiB' : undefined;
}

function isListOfApproved(also: unknown): boolean {
  if (!Array.isArray(also) || also.length > MAX_APPROVED) return false;
  return also.every((one) => {
    if (!isObject(one) || typeof one['digest'] !== 'string') return false;
    const texts = Object.entries(one).map(([name, text]) => [textLimits[name] ?? 0, text] as const);
    return texts.every(([limit, text]) => typeof text === 'string' && text.trim() !== '' && text.length <= limit);
  });
}

const signable: readonly Steering[] = [Steering.approve, Steering.reject, Steering.revoke, Steering.override];

/** What else it may say is not looked at, but for the changes whose digest is signed: only what is signed counts. */
export function isSigned(kind: Steering, request: unknown): request is { jws: string; changes?: ParamsChange[] } {
  if (!signable.includes(kind)) return false;
  return isObject(request) && typeof request['jws'] === 'string';
}

/** Who says to have sent a request that makes no sense. */
export function nameOf(request: unknown): string {
  const by = isObject(request) ? request['by'] : undefined;
  return typeof by === 'string' && by !== '' ? by.slice(0, 200) : 'unknown';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
