import type { IncidentOutcome } from './incident/types';
import type { ApprovalSubject } from './steering';
import type { Outcome } from './outcome';
import type { PolicyMode, PolicyVerdict } from './policy/decision';

/** What is counted of an action: names that are registered, and the cluster it is for. */
export interface ActionLabels {
  action: string;
  executor: string;
  cluster: string;
}

/** `check` is a condition of `verify.checks`. */
export type MeasuredPhase = 'validate' | 'execute' | 'verify' | 'check' | 'rollback';

/**
 * Something that happened once in a run and is counted. Sent by the workflow to its worker, never while it is replayed. All
 * but the seconds are labels, so nothing in here may be unbounded: no names of targets, plans or persons.
 */
export type Measure =
  | { type: 'started'; dryRun: boolean }
  | { type: 'ended'; outcome: Outcome; dryRun: boolean; seconds: number }
  /** `seconds` since its first alert. One that is reopened gives another when it has an outcome again. */
  | { type: 'incident_concluded'; outcome: IncidentOutcome; seconds: number }
  /** The plan's check refused it; `code` is that of the first problem. */
  | { type: 'plan_refused'; code: string }
  /** A phase ended for good, its retries included. `result`: `ok`, `no_effect`, `unverified` or an error code. */
  | ({ type: 'phase'; phase: MeasuredPhase; result: string } & ActionLabels)
  | { type: 'approval_requested'; subject: ApprovalSubject['kind'] }
  | { type: 'approval_ended'; subject: ApprovalSubject['kind']; decision: ApprovalEnd; seconds: number }
  | { type: 'guard_answered'; kind: string; answer: 'granted' | 'refused'; seconds: number }
  | { type: 'guard_lost'; kind: string }
  | {
      type: 'policy_decided';
      subject: 'plan' | 'step';
      verdict: PolicyVerdict | 'error';
      mode: PolicyMode | 'unknown';
    };

/** `withdrawn`: nobody is asked any more, since the run stopped, or the step was retried, skipped or given other params. */
export type ApprovalEnd = 'approved' | 'rejected' | 'expired' | 'withdrawn';

/** A measure with what tells it from others of the same run: a workflow task that is tried again measures it again. */
export interface SentMeasure {
  key: string;
  measure: Measure;
}
