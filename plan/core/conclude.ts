import { Outcome, StepStatus } from '../outcome';
import type { Draft } from './draft';
import { nameLeftBehind } from './left-behind';

export interface Conclusion {
  outcome: Outcome;
  reason: string;
}

/** What a run amounts to in which every step has ended and none has stopped it. */
export function conclude(draft: Draft): Conclusion {
  const { order } = draft.state;
  const acting = order.filter((id) => !draft.meta(id).readOnly && draft.peek(id).instances === undefined);
  const succeeded = (ids: string[]) => ids.filter((id) => draft.peek(id).status === StepStatus.succeeded).length;
  const failed = order.filter((id) => draft.peek(id).status === StepStatus.failed);
  const allowed = failed.length > 0 ? `; failed, as the plan allows: ${failed.join(', ')}` : '';
  nameLeftBehind(draft, (step) => step.status === StepStatus.failed);
  const effective = succeeded(acting);
  if (effective > 0) {
    const reason = `${effective} of ${acting.length} steps changed something, each verified${allowed}`;
    return { outcome: Outcome.succeeded, reason };
  }
  if (failed.length > 0) return { outcome: Outcome.failed, reason: `no step had its effect${allowed}` };
  if (acting.length > 0) return { outcome: Outcome.noEffect, reason: 'nothing had to be changed' };
  const read = succeeded(order);
  const reason = `${read} of ${order.length} steps done; none of them changes anything`;
  return { outcome: read > 0 ? Outcome.succeeded : Outcome.noEffect, reason };
}
