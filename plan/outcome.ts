import type { StopOrder } from './stop/stop-order';
import type { Effect, Evidence, ResolvedTarget } from './step-io';
import type { SubPlanPreview } from './sub-plan';

/**
 * How a remediation ended. `failed` goes beyond design.md's list: a plan that failed while its own rollback strategy says
 * that nothing is to be undone needs a word that promises neither success nor an undo.
 */
export const Outcome = {
  succeeded: 'succeeded',
  rolledBack: 'rolled_back',
  rollbackFailed: 'rollback_failed',
  failed: 'failed',
  rejected: 'rejected',
  expired: 'expired',
  blocked: 'blocked',
  aborted: 'aborted',
  noEffect: 'no_effect',
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** Why something failed, fit for a person and for history: no raw API bodies, no secrets. */
export interface Problem {
  /** From the catalogue in plan/errors.ts. */
  code: string;
  message: string;
  remedy?: string;
  /** Of `STOPPED` and `STOPPED_HALFWAY`: the switch that is engaged. */
  order?: StopOrder;
}

export const StepStatus = {
  pending: 'pending',
  validating: 'validating',
  awaitingApproval: 'awaiting_approval',
  /** Failed, and a person says what now. */
  awaitingDecision: 'awaiting_decision',
  executing: 'executing',
  verifying: 'verifying',
  succeeded: 'succeeded',
  noEffect: 'no_effect',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
  undoing: 'undoing',
  undone: 'undone',
  undoFailed: 'undo_failed',
} as const;
export type StepStatus = (typeof StepStatus)[keyof typeof StepStatus];

/** An effect that is still there although the plan did not succeed, or that its failed step left behind. */
export interface LeftBehind {
  step: string;
  /** Of a step that was retried: which attempt, from 1. Absent: the last. */
  attempt?: number;
  target?: ResolvedTarget;
  summary: string;
  why: string;
}

/** A condition of `verify`, and what it read like before anything was done. */
export interface CheckResult {
  what: string;
  evidence: Evidence;
  /** Absent when it could not be looked at in the preview. `reading`: `0.9 (2 of 3 series)`. */
  before?: { holds: boolean; reading: string };
}

export interface StepResult {
  id: string;
  action: string;
  status: StepStatus;
  summary?: string;
  effect?: Effect;
  evidence?: Evidence;
  /** What was found about the conditions of `verify`, those that were looked at. */
  checks?: CheckResult[];
  error?: Problem;
}

/** The result of a `remediation` workflow; also the details of its failure when the outcome is not a success. */
export interface RemediationResult {
  outcome: Outcome;
  /** One sentence: why it ended so. */
  reason: string;
  dryRun: boolean;
  digest?: string;
  steps: StepResult[];
  /** Step ids brought back to their before-image, in the order in which that was done. */
  undone: string[];
  left: LeftBehind[];
  problems: Problem[];
  /** Of the dry run of a sub-plan. */
  preview?: SubPlanPreview;
}
