import { approvalKey } from './core/approval-key';
import { actionMeta, stepSpec } from './core/draft';
import type { RunContext, RunEvent, RunState } from './core/state';
import type { ApprovalEnd, Measure, MeasuredPhase } from './measure';
import { StepStatus } from './outcome';
import { RunPhase, type PendingApproval } from './steering';

/** One decision of the core: the event, and the run before and after it. */
export interface Decided {
  run: RunContext;
  event: RunEvent;
  before: RunState;
  after: RunState;
  /** Workflow time in ms at which the run began. */
  startedAt: number;
}

/** What one event of a run adds to the metrics. Pure, so that it can be tested without a server. */
export function measuresOf(decided: Decided): Measure[] {
  const { before } = decided;
  // What comes after the end is answered, but changes nothing.
  if (before.phase === RunPhase.ended) return [];
  return [...ofEvent(decided), ...ofApprovals(decided), ...ofEnd(decided)];
}

function ofEvent({ run, event, before }: Decided): Measure[] {
  const phase = (name: MeasuredPhase, id: string, result: string): Measure => {
    const spec = stepSpec(run, id);
    const { target } = before.steps[id] ?? {};
    const cluster = target?.cluster ?? spec.target?.cluster ?? run.plan.spec.cluster;
    return {
      type: 'phase',
      phase: name,
      result,
      action: spec.action,
      executor: actionMeta(run, spec.action).executor,
      cluster,
    };
  };
  switch (event.type) {
    case 'started':
      return [{ type: 'started', dryRun: run.plan.spec.dryRun }];
    case 'validated':
      return [phase('validate', event.step, event.validation.noEffect ? 'no_effect' : 'ok')];
    case 'executed':
      return [phase('execute', event.step, event.effect.changed ? 'ok' : 'no_effect')];
    case 'verified':
      return [phase('verify', event.step, event.evidence.verified ? 'ok' : 'unverified')];
    case 'checked':
      return [phase('check', event.step, event.evidence.verified ? 'ok' : 'unverified')];
    case 'failed':
      return [phase(phaseOf(before, event.step), event.step, event.problem.code)];
    case 'undone':
      return [phase('rollback', event.step, event.effect.changed ? 'ok' : 'no_effect')];
    case 'undo_failed':
      return [phase('rollback', event.step, event.problem.code)];
    case 'policy_decided': {
      const { verdict, mode } = event.decision;
      return [{ type: 'policy_decided', subject: event.step === undefined ? 'plan' : 'step', verdict, mode }];
    }
    case 'policy_failed': {
      const subject = event.step === undefined ? 'plan' : 'step';
      return [{ type: 'policy_decided', subject, verdict: 'error', mode: 'unknown' }];
    }
    case 'guard_granted':
      return guardAnswered(before, event, 'granted');
    case 'guard_refused':
      return guardAnswered(before, event, 'refused');
    case 'guard_lost':
      return before.guards?.held[event.scope] === event.token
        ? [{ type: 'guard_lost', kind: kindOf(event.scope) }]
        : [];
    default:
      return [];
  }
}

/** Which command of the step has failed can be told from what the step was at. */
function phaseOf(before: RunState, id: string): MeasuredPhase {
  const step = before.steps[id];
  if (step?.status === StepStatus.executing) return 'execute';
  if (step?.status !== StepStatus.verifying) return 'validate';
  return step.evidence === undefined ? 'verify' : 'check';
}

function guardAnswered(
  before: RunState,
  { scope, at }: { scope: string; at: number },
  answer: 'granted' | 'refused',
): Measure[] {
  const waiting = before.guards?.waiting;
  if (waiting?.scope !== scope) return [];
  return [{ type: 'guard_answered', kind: kindOf(scope), answer, seconds: secondsBetween(waiting.since, at) }];
}

/** `target`, `nodes`, `cluster`: never the name behind it. */
function kindOf(scope: string): string {
  return scope.split('/', 1)[0]!;
}

function ofApprovals({ event, before, after }: Decided): Measure[] {
  const key = ({ subject, since }: PendingApproval) => `${approvalKey(subject)} ${since}`;
  const now = new Set(after.approvals.map(key));
  const then = new Set(before.approvals.map(key));
  // One that was asked and answered within one event cannot be seen here; nothing does that.
  const asked = after.approvals.filter((one) => !then.has(key(one)));
  const gone = before.approvals.filter((one) => !now.has(key(one)));
  return [
    ...asked.map(({ subject }): Measure => ({ type: 'approval_requested', subject: subject.kind })),
    ...gone.map((one): Measure => ({
      type: 'approval_ended',
      subject: one.subject.kind,
      decision: approvalEnd(event, one, gone.length),
      seconds: secondsBetween(Date.parse(one.since), event.at),
    })),
  ];
}

/** One that went along with another that was decided was not decided itself. */
function approvalEnd(event: RunEvent, { subject }: PendingApproval, gone: number): ApprovalEnd {
  const own = 'step' in subject ? subject.step : undefined;
  switch (event.type) {
    case 'approve':
      return 'approved';
    case 'reject':
      return gone === 1 || event.step === own ? 'rejected' : 'withdrawn';
    case 'approval_expired':
      return event.key === approvalKey(subject) ? 'expired' : 'withdrawn';
    default:
      return 'withdrawn';
  }
}

function ofEnd({ run, event, after, startedAt }: Decided): Measure[] {
  if (after.phase !== RunPhase.ended || after.outcome === undefined) return [];
  const { dryRun } = run.plan.spec;
  return [{ type: 'ended', outcome: after.outcome, dryRun, seconds: secondsBetween(startedAt, event.at) }];
}

function secondsBetween(from: number, to: number): number {
  return Math.max(0, to - from) / 1000;
}
