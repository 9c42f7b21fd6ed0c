import { shortDigest } from '../digest';
import { durationMs } from '../duration';
import { StepStatus } from '../outcome';
import { RunPhase, type Grant, type PendingApproval } from '../steering';
import { seekAdmission } from './admit';
import { askAgain } from './ask-again';
import { approvalKey } from './approval-key';
import { stepDigest } from './digest';
import { actionMeta, stepSpec, type Draft } from './draft';
import { STALE_AFTER_APPROVAL_MS } from './limits';
import type { RunContext, RunState, StepState } from './state';

/** What follows from an approval, once enough persons have given it. */
export function grant(draft: Draft, pending: PendingApproval, by: string[]): void {
  const { subject, digest } = pending;
  if (subject.kind === 'rollback') {
    draft.state.phase = RunPhase.undoing;
  } else if (subject.kind === 'step') {
    remember(draft, { ...pending, subject }, by);
    const step = draft.step(subject.step);
    step.approved = digest;
    step.changedBy = undefined;
    step.askAgain = undefined;
    step.status = StepStatus.pending;
    distrust(draft, subject.step);
  } else if (subject.kind === 'plan') {
    remember(draft, { ...pending, subject }, by);
    // What the approver saw of each step is what each step is held to from now on. A step that asks for its own approval
    // is asked about when its turn comes, plan approved or not.
    const covered = draft.state.order.filter((id) => !draft.spec(id).approval.required);
    for (const id of covered) draft.step(id).approved = stepDigest(draft.run, draft.state, id);
    for (const id of draft.state.order) distrust(draft, id);
    seekAdmission(draft);
  }
}

/** The world went on while a person decided: the step is validated again, and held to what was approved. */
function distrust(draft: Draft, id: string): void {
  const { validatedAt } = draft.peek(id);
  if (validatedAt !== undefined && draft.at - validatedAt > STALE_AFTER_APPROVAL_MS)
    draft.step(id).validatedAt = undefined;
}

function remember(
  draft: Draft,
  { subject, digest, runWithin, groups }: PendingApproval & Pick<Grant, 'subject'>,
  by: string[],
): void {
  const granted: Grant = {
    ...{ subject, digest, by, at: iso(draft.at) },
    ...(runWithin !== undefined && { until: iso(draft.at + durationMs(runWithin)) }),
    ...(groups && { groups }),
  };
  const others = (draft.state.granted ?? []).filter((other) => keyOf(other) !== keyOf(granted));
  draft.state.granted = [...others, granted];
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

export function keyOf({ subject }: Grant): string {
  return approvalKey(subject);
}

/** What is approved under this key, and has not begun. */
export function granted(draft: Draft, key: string): Grant | undefined {
  return openGrants(draft.run, draft.state).find((one) => keyOf(one) === key);
}

/** What can still be revoked, or lapse. While a step executes nobody can; the kill switch may yet keep it from having begun. */
export function openGrants(run: RunContext, state: RunState): Grant[] {
  return (state.granted ?? []).filter(({ subject }) => begunBy(run, state, subject) === undefined);
}

/** The step that has begun on what was approved: of a plan, the first that changes something. */
export function begunBy(run: RunContext, state: RunState, subject: Grant['subject']): string | undefined {
  if (subject.kind === 'step') return hasBegun(state.steps[subject.step]) ? subject.step : undefined;
  return state.order.find((id) => {
    const step = state.steps[id]!;
    return !actionMeta(run, stepSpec(run, id).action).readOnly && (hasBegun(step) || step.attempt !== undefined);
  });
}

function hasBegun(step: StepState | undefined): boolean {
  return step !== undefined && (step.acted !== 'no' || step.executed !== undefined);
}

/** true: an approval that the step needs has had its time, and is asked for again; the step does not begin. */
export function hasLapsed(draft: Draft, id: string): boolean {
  for (const key of ['plan', `step:${id}`]) {
    const one = granted(draft, key);
    if (one?.until === undefined || Date.parse(one.until) > draft.at) continue;
    lapse(draft, one);
    return true;
  }
  return false;
}

/** Its timer has ended. */
export function approvalLapsed(draft: Draft, key: string, until: string): void {
  const one = granted(draft, key);
  if (one?.until === until) lapse(draft, one);
}

function lapse(draft: Draft, one: Grant): void {
  const what = `${keyOf(one)} ${shortDigest(one.digest)} by ${one.by.join(', ')}`;
  const reason = `the approval of ${what} was good until ${one.until}, and nothing had begun`;
  draft.fact('approval_lapsed', reason, 'step' in one.subject ? { step: one.subject.step } : {});
  askAgain(draft, one, reason);
}

/** What has begun for certain, or ended without having begun, needs its approval no more. */
export function forgetSettled(draft: Draft): void {
  const { run, state } = draft;
  if (state.granted === undefined) return;
  const isOpen = ({ subject }: Grant) => {
    const begun = begunBy(run, state, subject);
    if (begun !== undefined) return draft.peek(begun).status === StepStatus.executing;
    if (subject.kind === 'plan') return state.phase === RunPhase.admitting || state.phase === RunPhase.running;
    const { status } = draft.peek(subject.step);
    return status === StepStatus.pending || status === StepStatus.validating;
  };
  const open = state.stop === undefined ? state.granted.filter(isOpen) : [];
  state.granted = open.length > 0 ? open : undefined;
}
