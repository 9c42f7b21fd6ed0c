import { KubernautError } from '../errors';
import { StepStatus, type StepStatus as Status } from '../outcome';
import type { Draft } from './draft';
import { loopItems } from './expressions';
import { MAX_STEPS } from './limits';

/** Puts the instances `<id>/0`, `<id>/1` … of a forEach step into the run; throws EXPRESSION_FAILED when it cannot. */
export function expand(draft: Draft, id: string): void {
  const items = loopItems(draft.run, draft.state, id);
  if (draft.state.order.length + items.length > MAX_STEPS) {
    throw new KubernautError(
      'EXPRESSION_FAILED',
      `forEach of step ${id} would make the plan longer than ${MAX_STEPS} steps`,
    );
  }
  const parent = draft.step(id);
  parent.instances = items.map((_, index) => `${id}/${index}`);
  draft.state.order.splice(draft.state.order.indexOf(id) + 1, 0, ...parent.instances);
  items.forEach((item, index) => {
    draft.state.steps[`${id}/${index}`] = {
      status: StepStatus.pending,
      knownAfter: parent.knownAfter,
      acted: 'no',
      parent: id,
      item,
    };
  });
}

/** A forEach step has ended when all its instances have; it is as good as the worst of them. */
export function settleParent(draft: Draft, id: string): boolean {
  const parent = draft.peek(id);
  const statuses = (parent.instances ?? []).map((instance) => draft.peek(instance).status);
  if (!statuses.every(hasEnded)) return false;
  draft.step(id).status = worst(statuses);
  return true;
}

export function hasEnded(status: Status): boolean {
  return ended.has(status);
}

const ended: ReadonlySet<Status> = new Set([
  StepStatus.succeeded,
  StepStatus.noEffect,
  StepStatus.failed,
  StepStatus.skipped,
  StepStatus.cancelled,
  StepStatus.undone,
  StepStatus.undoFailed,
]);

function worst(statuses: Status[]): Status {
  for (const status of [StepStatus.failed, StepStatus.cancelled, StepStatus.succeeded, StepStatus.noEffect]) {
    if (statuses.includes(status)) return status;
  }
  return StepStatus.skipped;
}
