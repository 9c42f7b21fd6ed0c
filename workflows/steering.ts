import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { RunEvent } from '../plan/core/state';
import { Steering } from '../plan/steering';
import * as definitions from './definitions';
import { SignedDecisions, type DecisionKind } from './signed-decisions';
import { faultOf, isSigned, nameOf } from './steering-form';

type SteeringEvent = Extract<
  RunEvent,
  { type: 'approve' | 'reject' | 'revoke' | 'abort' | 'pause' | 'resume' | 'skip' | 'retry' | 'override' | 'refused' }
>;
/** An event without its time: the run stamps it. */
export type Steered = SteeringEvent extends infer E ? (E extends SteeringEvent ? Omit<E, 'at'> : never) : never;
export type Steer = (event: Steered) => { accepted: boolean; message: string };

/**
 * Signals and updates of people and tools. An update's validator refuses only what has no meaning at all; what is refused
 * for a reason (wrong digest, nothing waiting) is refused by the handler, since a refusal by a validator leaves no trace in
 * the history, and who tried what belongs into the audit. The id of an update makes it idempotent: the server answers the
 * second request of an id with the answer to the first.
 */
export function acceptSteering(steer: Steer): { readonly verifying: number } {
  const signed = new SignedDecisions(steer);
  const decided = (kind: DecisionKind) => (request: unknown) => {
    if (faultOf(kind, request) !== undefined || !isSigned(kind, request)) return steerIfSound(steer, kind, request);
    return signed.decide(kind, request).then(() => undefined);
  };
  setHandler(definitions.approveSignal, decided(Steering.approve));
  setHandler(definitions.rejectSignal, decided(Steering.reject));
  setHandler(definitions.revokeSignal, decided(Steering.revoke));
  setHandler(definitions.abortSignal, (request) => steerIfSound(steer, Steering.abort, request));
  for (const kind of Object.values(Steering)) {
    const handle = (request: definitions.SteeringRequest) =>
      isSigned(kind, request)
        ? signed.decide(kind as DecisionKind, request).then(answer)
        : answer(steer(eventOf(kind, request)));
    setHandler(definitions.updates[kind], handle, {
      validator: (request) => {
        const fault = faultOf(kind, request);
        if (fault) throw ApplicationFailure.nonRetryable(`${kind} refused: ${fault}`, 'STEERING_REFUSED');
      },
    });
  }
  return signed;
}

/** A signal has nobody to answer: one that makes no sense is recorded as refused, under the name it gave, if any. */
function steerIfSound(steer: Steer, kind: Steering, request: unknown): void {
  const fault = faultOf(kind, request);
  if (fault === undefined) steer(eventOf(kind, request as definitions.SteeringRequest));
  else steer({ type: 'refused', what: kind, by: nameOf(request), message: fault });
}

function eventOf(
  kind: Steering,
  { by, reason, digest = '', step = '', also, undo, params, changes = [], unlessBegun }: definitions.SteeringRequest,
): Steered {
  const who = { by, ...(reason && { reason }) };
  switch (kind) {
    case Steering.approve:
      return { type: 'approve', ...who, digest, ...(step && { step }), ...(also?.length && { also }) };
    case Steering.reject:
      return { type: 'reject', ...who, ...(digest && { digest }), ...(step && { step }) };
    case Steering.revoke:
      return { type: 'revoke', ...who, ...(step && { step }) };
    case Steering.abort:
      return { type: 'abort', ...who, ...(undo !== undefined && { undo }), ...(unlessBegun && { unlessBegun }) };
    case Steering.pause:
      return { type: 'pause', ...who };
    case Steering.takeOver:
      return { type: 'pause', ...who, takeOver: true };
    case Steering.resume:
      return { type: 'resume', ...who };
    case Steering.handBack:
      return { type: 'resume', ...who, handBack: true };
    case Steering.skipStep:
      return { type: 'skip', ...who, step };
    case Steering.retryStep:
      return { type: 'retry', ...who, step, ...(params && { params }) };
    case Steering.override:
      return { type: 'override', ...who, changes };
  }
}

function answer(reply: { accepted: boolean; message: string }): string {
  if (!reply.accepted) throw ApplicationFailure.nonRetryable(reply.message, 'STEERING_REFUSED');
  return reply.message;
}
