import { MAX_JWS_CHARS } from '../plan/decision/signed-decision';
import { Steering } from '../plan/steering';

/** What each request cannot do without. */
const needed: Readonly<Record<Steering, readonly string[]>> = {
  approve: ['by', 'digest'],
  reject: ['by'],
  abort: ['by'],
  pause: ['by'],
  resume: ['by'],
  takeOver: ['by'],
  handBack: ['by'],
  skipStep: ['by', 'step'],
  retryStep: ['by', 'step'],
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
    return request.jws.length > MAX_JWS_CHARS ? '"jws" is longer than 8 KiB' : undefined;
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
  const { params, unlessBegun } = request;
  if (unlessBegun !== undefined && typeof unlessBegun !== 'boolean') return '"unlessBegun" must be true or false';
  if (params !== undefined && !isObject(params)) return '"params" must be an object';
  if (JSON.stringify(params ?? {}).length > MAX_PARAMS_CHARS) return '"params" is larger than 64 KiB';
  return undefined;
}

/** What else it may say is not looked at: only what is signed counts. */
export function isSigned(kind: Steering, request: unknown): request is { jws: string } {
  if (kind !== Steering.approve && kind !== Steering.reject) return false;
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
