import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { RunEvent } from '../plan/core/state';
import type { AbortRequest, ApproveRequest, RejectRequest } from '../plan/steering';
import { abortSignal, abortUpdate, approveSignal, approveUpdate, rejectSignal, rejectUpdate } from './definitions';

type SteeringEvent = Extract<RunEvent, { type: 'approve' | 'reject' | 'abort' | 'refused' }>;
/** An event without its time: the run stamps it. */
export type Steered = SteeringEvent extends infer E ? (E extends SteeringEvent ? Omit<E, 'at'> : never) : never;
type Steer = (event: Steered) => { accepted: boolean; message: string };

/**
 * Signals and updates of people and tools. An update's validator refuses only what has no meaning at all; what is refused
 * for a reason (wrong digest, nothing waiting) is refused by the handler, since a refusal by a validator leaves no trace in
 * the history, and who tried what belongs into the audit.
 */
export function acceptSteering(steer: Steer): void {
  setHandler(approveSignal, (request) => steerIfSound(steer, 'approve', request));
  setHandler(rejectSignal, (request) => steerIfSound(steer, 'reject', request));
  setHandler(abortSignal, (request) => steerIfSound(steer, 'abort', request));
  setHandler(approveUpdate, (request) => answer(steer(approveEvent(request))), { validator: validate('approve') });
  setHandler(rejectUpdate, (request) => answer(steer(rejectEvent(request))), { validator: validate('reject') });
  setHandler(abortUpdate, (request) => answer(steer(abortEvent(request))), { validator: validate('abort') });
}

/** A signal has nobody to answer: one that makes no sense is recorded as refused, under the name it gave, if any. */
function steerIfSound(steer: Steer, kind: Kind, request: unknown): void {
  const fault = faultOf(kind, request);
  if (fault === undefined) steer(events[kind](request as never));
  else steer({ type: 'refused', what: kind, by: nameOf(request), message: fault });
}

type Kind = 'approve' | 'reject' | 'abort';
const events = { approve: approveEvent, reject: rejectEvent, abort: abortEvent };

function approveEvent({ by, digest, step, reason }: ApproveRequest): Steered {
  return { type: 'approve', by, digest, ...(step && { step }), ...(reason && { reason }) };
}

function rejectEvent({ by, step, reason }: RejectRequest): Steered {
  return { type: 'reject', by, ...(step && { step }), ...(reason && { reason }) };
}

function abortEvent({ by, reason, undo }: AbortRequest): Steered {
  return { type: 'abort', by, ...(reason && { reason }), ...(undo !== undefined && { undo }) };
}

function validate(kind: Kind) {
  return (request: unknown): void => {
    const fault = faultOf(kind, request);
    if (fault) throw ApplicationFailure.nonRetryable(`${kind} refused: ${fault}`, 'STEERING_REFUSED');
  };
}

const textLimits: Readonly<Record<string, number>> = { by: 200, digest: 80, step: 80, reason: 2000 };

/** What is wrong with the form of a request; undefined: nothing. */
function faultOf(kind: Kind, request: unknown): string | undefined {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return `the payload must be an object such as {"by":"you"${kind === 'approve' ? ',"digest":"sha256:…"' : ''}}`;
  }
  const fields = request as Record<string, unknown>;
  for (const field of kind === 'approve' ? ['by', 'digest'] : ['by']) {
    if (typeof fields[field] !== 'string' || fields[field].trim() === '') return `"${field}" is missing`;
  }
  for (const [field, limit] of Object.entries(textLimits)) {
    const value = fields[field];
    if (value === undefined) continue;
    if (typeof value !== 'string') return `"${field}" must be a text`;
    if (value.length > limit) return `"${field}" is longer than ${limit} characters`;
  }
  if (fields['undo'] !== undefined && typeof fields['undo'] !== 'boolean') return '"undo" must be true or false';
  return undefined;
}

function nameOf(request: unknown): string {
  const by = (request as { by?: unknown } | null)?.by;
  return typeof by === 'string' && by !== '' ? by.slice(0, 200) : 'unknown';
}

function answer(reply: { accepted: boolean; message: string }): string {
  if (!reply.accepted) throw ApplicationFailure.nonRetryable(reply.message, 'STEERING_REFUSED');
  return reply.message;
}
