import type { Json, JsonObject } from './json';

/**
 * The plan as the engine works with it: every default filled in (plan/normalize.ts is the one place that does so).
 * Durations are Go-style strings (`90s`, `1h30m`), as people write them; `plan/duration.ts` turns them into milliseconds.
 */
export interface RemediationPlan {
  apiVersion: typeof PLAN_API_VERSION;
  kind: 'RemediationPlan';
  metadata: PlanMetadata;
  spec: PlanSpec;
}

export const PLAN_API_VERSION = 'kubernaut.dev/v1alpha1';

export interface PlanMetadata {
  /** DNS-1123 label, ≤ 63 characters; the workflow id is derived from it. */
  name: string;
  /** Why this plan exists, for the person who approves it. */
  reason: string;
  /** Who or what asked: a person, a tool, `holmesgpt`. */
  requester: string;
  /** Incident this plan belongs to, e.g. `incident/prod/shop/Deployment/web`. */
  incident?: string;
  /** Where the recommendation came from. */
  investigation?: {
    id?: string;
    url?: string;
    /** How sure it is of this remedy, 0–1; absent counts as 0. */
    confidence?: number;
  };
  labels?: Record<string, string>;
}

export interface PlanSpec {
  /** Cluster of every target that names none. Default `default`. */
  cluster: string;
  /** Deadline of the whole run, approvals included; then everything done is undone. Default `2h`. */
  timeout: string;
  rollbackStrategy: RollbackStrategy;
  /** Stop after the preview; nothing is changed. Default false. */
  dryRun: boolean;
  approval: Approval;
  /** How the run takes its guards. Default: as the settings say. */
  guards?: PlanGuards;
  /** 1–500 steps. */
  steps: Step[];
}

/** What happens to finished steps when the plan fails: undo at once, ask a person whether to undo, or leave them. */
export const RollbackStrategy = { automatic: 'automatic', manual: 'manual', none: 'none' } as const;
export type RollbackStrategy = (typeof RollbackStrategy)[keyof typeof RollbackStrategy];

/** `rollback`: undo the plan · `continue`: go on, the failure stays named in the result · `stop`: run nothing more, undo nothing · `ask`: a person retries, skips or ends the plan. */
export const OnFailure = { rollback: 'rollback', continue: 'continue', stop: 'stop', ask: 'ask' } as const;
export type OnFailure = (typeof OnFailure)[keyof typeof OnFailure];

export interface Approval {
  required: boolean;
  /** Different persons who must approve. Default 1. */
  quorum?: number;
  /** Groups whose members may approve. Default: anybody. */
  groups?: string[];
  /** No decision until then means no. Default `60m`. */
  deadline: string;
  /** A reminder is recorded and shown every so often. Default `15m`. */
  remindEvery: string;
  /** Channel of the notifications (kubernaut.yaml) that is told when it is asked, and reminded. Default: nobody is told. */
  notify?: string;
  /** Who is asked as well when nobody has decided, in the order of time. */
  escalation?: EscalationStage[];
  /** What is approved has to begin within this time, or it is asked about again. Default: it may begin at any time. */
  runWithin?: string;
}

export interface EscalationStage {
  /** Since it was asked. */
  after: string;
  /** Whose members may approve from then on, besides those who could already. */
  groups?: string[];
  /** Channel that is told, and reminded from then on. Default: the one before. */
  notify?: string;
}

export interface PlanGuards {
  /** Wait for a guard that is busy, or end as `blocked` at once. */
  onBusy?: 'wait' | 'refuse';
  /** Longest wait for one guard. */
  maxWait?: string;
  /** Who goes first when several wait. Default: the label `severity` of the plan, else `normal`. */
  priority?: 'critical' | 'high' | 'normal' | 'low';
  /** Why this one must go in front of all, past cooldown, rate, breaker and capacity. Never past who acts on the target. */
  breakGlass?: string;
}

export interface Target {
  /** Filled from `spec.cluster` when absent. */
  cluster: string;
  /** e.g. `apps/v1`; resolved by discovery when absent. */
  apiVersion?: string;
  kind: string;
  namespace?: string;
  name: string;
  /** When given, only this very object may be touched. */
  uid?: string;
}

export interface Retry {
  /** Attempts of one activity in all, ≥ 1. Default 3. */
  attempts: number;
  /** Default `1s`. */
  initialInterval: string;
  /** Factor between one wait and the next. Default 2. */
  backoff: number;
  /** Default `30s`. */
  maxInterval: string;
}

export interface StepVerify {
  /** CEL over `evidence` and `effect` of this step; must be true on top of the action's own verification. */
  expect?: string;
  /** How long the verification may wait for the effect to become real. Default: what is left of the step's timeout. */
  timeout?: string;
  /**
   * Conditions outside of the target, looked at one after the other once the action's own verification and `expect` hold.
   * One that does not come true fails the step. Absent when there are none.
   */
  checks?: VerifyCheck[];
}

/** A number in Prometheus, or an alert. */
export type VerifyCheck = QueryCheck | AlertCheck;

/** Params of `query_metric`, which looks at it. Texts may be templates over earlier steps. */
export interface QueryCheck extends CheckTiming {
  /** PromQL. */
  query: string;
  /** Exactly one of `above` and `below` is given; a text is a template. */
  above?: number | string;
  below?: number | string;
  series?: 'all' | 'any';
  noData?: 'unmet' | 'met';
}

/** Params of `check_alert`, which looks at it: no alert with this name and these labels fires any more. */
export interface AlertCheck {
  alertResolved: CheckTiming & {
    /** `alertname`, `matchers`, or both. */
    alertname?: string;
    matchers?: { name: string; value: string; isRegex?: boolean; isEqual?: boolean }[];
  };
}

/** Defaults are those of the action that looks at the condition. */
export interface CheckTiming {
  /** It must hold so long without a break. */
  for?: string;
  /** How long to wait until it begins to hold. */
  within?: string;
  /** How often the server is asked. */
  every?: string;
}

/** How the effect of one step is undone: by its action's own rollback, by an explicit other step, or not at all. */
export type StepRollback = { mode: 'auto' } | { mode: 'none' } | { mode: 'step'; step: CompensationStep };

export interface CompensationStep {
  action: string;
  target?: Target;
  params: JsonObject;
}

export interface ForEach {
  /** A literal list, or CEL giving a list, evaluated when the step's dependencies have ended. */
  in: Json[] | string;
  /** Name of the loop variable in the step's expressions. Default `item`. */
  as: string;
  /** More items than this fail the step before anything is done. 1–100, default 20. */
  max: number;
  /** Run the items side by side. Default false: one after the other. */
  parallel: boolean;
}

export interface Step {
  /** Unique; `[a-zA-Z][a-zA-Z0-9_-]{0,62}`. */
  id: string;
  action: string;
  /** Absent for actions without an object (`wait`, `log`). */
  target?: Target;
  params: JsonObject;
  /** Default: the step before it in the list. `[]` starts at once. */
  dependsOn: string[];
  /** CEL; false skips the step; of a forEach step, evaluated for each item. */
  when?: string;
  /** For execute and verify together, measured from the start of execute. Default `10m`. */
  timeout: string;
  retry: Retry;
  verify: StepVerify;
  /** false: a failure of this step does not fail the plan (`onFailure` defaults to `continue`). Default true. */
  critical: boolean;
  onFailure: OnFailure;
  rollback: StepRollback;
  /**
   * Meant for the time of the plan alone: undone when everything else has succeeded (a relaxed disruption budget). With `for`,
   * it stays at least so long after it was verified, and the plan ends only then (debug logs for half an hour). Default false.
   */
  temporary: boolean | { for: string };
  forEach?: ForEach;
  approval: Approval;
}
