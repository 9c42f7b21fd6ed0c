import { StepStatus } from '../outcome';
import { RunPhase, type PendingApproval } from '../steering';
import { again } from './attempt';
import { approvalKey } from './approval-key';
import type { Draft } from './draft';
import { distrustAll, isHalfway } from './kill-switch';
import { accept, because, refuse } from './reply';
import type { RunEvent } from './state';
import { canUndo } from './undo';

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** No new step starts until somebody resumes; what is under way goes on. */
export function pause(draft: Draft, { by, reason, takeOver = false }: Of<'pause'>): void {
  const { stop, hold, conclusion } = draft.state;
  const what = takeOver ? 'take_over' : 'pause';
  if (stop) return refuse(draft, `${what}_refused`, by, `the remediation is already stopping (${stop.reason})`);
  if (conclusion) return refuse(draft, `${what}_refused`, by, 'only temporary effects are being taken back');
  if (hold?.kind === 'taken_over' || (hold?.kind === 'paused' && !takeOver)) {
    return refuse(draft, `${what}_refused`, by, `${hold.by} has ${hold.kind.replace('_', ' ')} it already`);
  }
  const since = new Date(draft.at).toISOString();
  draft.state.hold = { kind: takeOver ? 'taken_over' : 'paused', by, since, ...(reason && { reason }) };
  const fact = takeOver ? 'taken_over' : 'paused';
  accept(draft, fact, by, `no step starts until it is ${takeOver ? 'handed back' : 'resumed'}${because(reason)}`);
}

/** After a take-over nothing that was seen before can be trusted: each step is previewed again before it runs. */
export function resume(draft: Draft, { by, reason, handBack = false }: Of<'resume'>): void {
  const { hold } = draft.state;
  const what = handBack ? 'hand_back' : 'resume';
  if (hold === undefined) return refuse(draft, `${what}_refused`, by, 'the remediation is not paused');
  if (hold.kind === 'stopped') {
    const text = `the kill switch stops it (${hold.by}): it goes on once that is released`;
    return refuse(draft, `${what}_refused`, by, text);
  }
  if (handBack !== (hold.kind === 'taken_over')) {
    const way = handBack
      ? 'it is paused, not taken over: resume it'
      : `${hold.by} has taken it over: it is handed back`;
    return refuse(draft, `${what}_refused`, by, way);
  }
  draft.state.hold = undefined;
  if (handBack) distrustAll(draft);
  accept(draft, handBack ? 'handed_back' : 'resumed', by, `steps start again${because(reason)}`);
}

/** A step that has not begun is left out; of one that failed, the plan goes on without it. */
export function skipStep(draft: Draft, { by, step: id, reason }: Of<'skip'>): void {
  const fault = notRunning(draft) ?? unknownStep(draft, id) ?? notSkippable(draft, id);
  if (fault) return refuse(draft, 'skip_refused', by, fault);
  const failed = draft.peek(id).status === StepStatus.awaitingDecision;
  settleOf(draft, id);
  draft.step(id).status = failed ? StepStatus.failed : StepStatus.skipped;
  accept(
    draft,
    'skipped',
    by,
    `step ${id}${failed ? ' failed, and the plan goes on without it' : ''}${because(reason)}`,
  );
}

/**
 * Tries a failed step once more, with other params if given. What the attempt did is taken back first, so that the step's
 * before-image stays that of before the plan; with other params a person approves the new preview before anything is done.
 */
export function retryStep(draft: Draft, { by, step: id, params, reason }: Of<'retry'>): void {
  const fault = notRunning(draft) ?? unknownStep(draft, id);
  if (fault) return refuse(draft, 'retry_refused', by, fault);
  const step = draft.step(id);
  if (step.status !== StepStatus.awaitingDecision) {
    return refuse(
      draft,
      'retry_refused',
      by,
      `step ${id} is ${step.status}; only a failed step that waits for a decision`,
    );
  }
  settleOf(draft, id);
  step.retrying = { by, ...(params && { params }) };
  accept(draft, 'retried', by, `step ${id}${params ? ' with other params' : ''}${because(reason)}`);
  if (step.acted === 'no' || !canUndo(draft, id)) return again(draft, id);
  step.status = StepStatus.undoing;
  draft.command({ type: 'undo', step: id });
}

/** The decision about the failed step, and its own approval, are off the table. */
function settleOf(draft: Draft, id: string): void {
  const about = (approval: PendingApproval) => {
    const key = approvalKey(approval.subject);
    return key === `decision:${id}` || key === `step:${id}`;
  };
  draft.state.approvals = draft.state.approvals.filter((approval) => !about(approval));
}

function notRunning(draft: Draft): string | undefined {
  const { phase, stop } = draft.state;
  if (stop) return `the remediation is already stopping (${stop.reason})`;
  return phase === RunPhase.running ? undefined : `the remediation is ${phase}; steps can be steered while it runs`;
}

function unknownStep(draft: Draft, id: string): string | undefined {
  if (id in draft.state.steps) return undefined;
  return `there is no step ${id.slice(0, 80)}; there are ${draft.state.order.slice(0, 20).join(', ')}`;
}

function notSkippable(draft: Draft, id: string): string | undefined {
  const { status, instances } = draft.peek(id);
  if (isHalfway(draft.peek(id))) return `step ${id} may have acted already: abort undoes it`;
  if (instances !== undefined)
    return `step ${id} has been expanded: skip its items (${instances.slice(0, 20).join(', ')})`;
  const open: string[] = [StepStatus.pending, StepStatus.awaitingApproval, StepStatus.awaitingDecision];
  return open.includes(status) ? undefined : `step ${id} is ${status}: too late to skip it`;
}
