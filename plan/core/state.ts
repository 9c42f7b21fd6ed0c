import type { GuardedScope } from '../guard/messages';
import type { ActResult, GuardAct, GuardRequest, WaitView } from '../guard/model';
import type { GuardSettings } from '../guard/settings';
import type { Signature } from '../decision/signed-decision';
import type { Json, JsonObject } from '../json';
import type { RemediationPlan, Step, Target } from '../model';
import type { LeftBehind, Outcome, Problem, RemediationResult, StepStatus } from '../outcome';
import type { SubPlanInput } from '../sub-plan';
import type { Approved, AuditFact, Grant, Hold, ParamsChange, PendingApproval, RunPhase } from '../steering';
import type { ApprovalTerms, PolicyDecision } from '../policy/decision';
import type { Conclusion } from './conclude';
import type { ActionMeta, Effect, Evidence, Validation } from '../step-io';

/** What a run is about; never changes while it runs. Made by `runContext`. */
export interface RunContext {
  plan: RemediationPlan;
  actions: Readonly<Record<string, ActionMeta>>;
  /** The plan's steps by id. */
  byId: ReadonlyMap<string, Step>;
  /** See {@link ENGINE_REVISION}; 1 for runs that began before there was one. */
  revision: number;
  /** Absent: guards are switched off, or the run was started before there were any. */
  guards?: GuardSettings;
  /** Policies are in force: asked between preview and approval, and before each step. */
  policy: boolean;
  /** Only signed decisions count. */
  verifiedOnly: boolean;
  /** The run is the sub-plan of another one. */
  sub?: SubPlanInput;
}

/**
 * What the engine does differently for runs that begin now: the plan's check writes it into their history, and whatever would
 * not replay an older history asks for it. (`patched()` would say the same, at the price of an event and an update of search
 * attributes in each run.)
 *
 * - 2: preparing a plan is no update of search attributes; waiting for a person, or held by one, is
 * - 3: the preview of a step is built upon those of earlier steps on the same object
 * - 4: who only claims to belong to a group does not approve for it; groups that a policy names are not widened by the plan's
 * - 5: what follows from the end of an approval's timer, above all that guards are given back, is not cancelled with it; where only
 *   signed decisions count, so it is with params that are changed at an approval
 */
export const ENGINE_REVISION = 5;

export function runContext(
  plan: RemediationPlan,
  actions: Readonly<Record<string, ActionMeta>>,
  more: {
    revision?: number | undefined;
    guards?: GuardSettings | undefined;
    policy?: boolean | undefined;
    verifiedOnly?: boolean | undefined;
    sub?: SubPlanInput | undefined;
  } = {},
): RunContext {
  const { revision = 1, guards, policy = false, verifiedOnly = false, sub } = more;
  const byId = new Map(plan.spec.steps.map((step) => [step.id, step]));
  return { plan, actions, byId, revision, policy, verifiedOnly, ...(guards && { guards }), ...(sub && { sub }) };
}

/**
 * Everything a run knows: plain data, so that it travels through continue-as-new as it is. Undo records are part of it:
 * `acted` is set before execute is commanded, and with `validation.before` it is all that a rollback needs.
 */
export interface RunState {
  phase: RunPhase;
  /** Step ids in the plan's order; the instances of a forEach step stand behind it. */
  order: string[];
  steps: Record<string, StepState>;
  approvals: PendingApproval[];
  /** What has been approved and has not begun: it can be revoked, and lapses where it has its time. */
  granted?: Grant[];
  /** The plan is previewed and asked about once more, since `why`. `previewing`: it has begun to. */
  again?: { why: string; previewing?: true; replaced?: Replaced[] };
  /** While set, no new step starts. */
  hold?: Hold;
  /** Digest of the preview; set once preparation is complete. */
  digest?: string;
  /** The policies are being asked about the plan. */
  evaluating?: boolean;
  /** What they said about the plan. */
  policy?: PolicyDecision;
  /** Why the run is ending early; the first reason wins. */
  stop?: Stop;
  /** How the run ends once its temporary effects are taken back, or a sub-plan when it is let stand; set when everything else has succeeded. */
  conclusion?: Conclusion;
  /** Workflow time in ms that the run waits for before it takes back the next temporary effect. */
  keepUntil?: number;
  /** The run around this sub-plan stops; kept while temporary effects are taken back. */
  outerStops?: { reason: string; undo: boolean };
  /** Set once the run has asked for its first guard. */
  guards?: GuardsHeld;
  /** Ids of the signed decisions that have counted: none counts twice. */
  usedDecisions?: string[];
  /** Counts executes that ended; gives the order in which effects came about. */
  executions: number;
  undone: string[];
  left: LeftBehind[];
  problems: Problem[];
  facts: AuditFact[];
  outcome?: Outcome;
  result?: RemediationResult;
}

export interface GuardsHeld {
  /** Workflow time in ms at which the run began to ask. */
  since: number;
  /** Token by scope. */
  held: Record<string, number>;
  /** At most one is asked for at a time. `step`: the one whose target was not known before. */
  waiting?: { scope: string; since: number; step?: string; wait?: WaitView };
}

export interface StepState {
  status: StepStatus;
  /** Steps whose end decides about this one's params, condition or target state; such a step's diff is not yet known. */
  knownAfter: string[];
  /**
   * Earlier steps on the same object, in their order, upon whose previews this one's is built. Set only while every one of them
   * can be foreseen; what the step would really do is looked at again in its turn.
   */
  after?: string[];
  /** Rendered, once the step's dependencies have ended (or at once when there is nothing to render). */
  params?: JsonObject;
  target?: Target;
  validation?: Validation;
  /** Workflow time, ms. */
  validatedAt?: number;
  /** Validated when its turn had come, not only for the preview. */
  inTurn?: boolean;
  /** Digest of the step that was approved, with the plan or by itself. */
  approved?: string;
  /** What policies said last about this step, and about which effect; absent until then. */
  policy?: { digest: string; at: number; approval?: ApprovalTerms; why?: string };
  /** Undo record: `no` nothing was tried · `unknown` execute was commanded, its result is not known · `yes` it changed something. */
  acted: 'no' | 'unknown' | 'yes';
  /** What it holds while it acts; the activity makes sure of it once more. */
  guards?: GuardedScope[];
  /** The kill switch came between two attempts of its execute: what the next one finds done already is ours. */
  halfway?: true;
  /** Deadline of execute, verify and its conditions together, workflow time in ms; after execute, that of `verify.timeout` if sooner. */
  deadline?: number;
  /** Until when the effect of a temporary step is to stay, workflow time in ms. */
  keepUntil?: number;
  /** Order in which execute ended among all steps, from 1. */
  executed?: number;
  effect?: Effect;
  /** What the undo found that it could not take back; tells most when execute's own result was lost. */
  beyondUndo?: string[];
  evidence?: Evidence;
  /** By the place of the condition in `verify.checks`; absent before any was looked at. */
  checks?: CheckState[];
  error?: Problem;
  /** From 1; absent: the first. */
  attempt?: number;
  /** A person wants the failed step to be tried again, once what it did is taken back. */
  retrying?: { by: string; params?: JsonObject };
  /** Who gave it other params than the plan's; a person approves them before it runs. */
  changedBy?: string;
  /** Why a person must approve it (again) before it runs, whatever plan and policies say. */
  askAgain?: string;
  /** Params that a person gave it instead of the plan's. */
  override?: { by: string; params: JsonObject };
  /** Its params were changed, and their preview is not there yet: what they were. */
  tried?: Replaced;
  /** Instances of a forEach step, in order; set when it has been expanded. */
  instances?: string[];
  parent?: string;
  item?: Json;
}

/** What is known of one condition of `verify`. */
export interface CheckState {
  /** As the preview saw it. */
  validation?: Validation;
  /** The answer, once the step has been verified. */
  evidence?: Evidence;
}

/** What the params of a step were before `by` changed them. */
export interface Replaced extends Pick<StepState, 'params' | 'override'> {
  step: string;
  by: string;
}

export interface Stop {
  kind: 'failure' | 'rejected' | 'expired' | 'aborted' | 'cancelled' | 'timeout';
  reason: string;
  by?: string;
  /** Bring back what was done: at once, after asking a person, or not at all. */
  undo: 'now' | 'ask' | 'never';
}

/** Whatever can happen to a run. `at` is workflow time in ms: the core has no clock. */
export type RunEvent = { at: number } & (
  | { type: 'started' }
  /** `checks`: those of its conditions that could be previewed, by their place in `verify.checks`. */
  | { type: 'validated'; step: string; validation: Validation; checks?: CheckState[] }
  | { type: 'executed'; step: string; effect: Effect }
  | { type: 'verified'; step: string; evidence: Evidence }
  | { type: 'checked'; step: string; index: number; evidence: Evidence }
  | { type: 'failed'; step: string; problem: Problem }
  | { type: 'policy_decided'; decision: PolicyDecision; step?: string }
  | { type: 'policy_failed'; problem: Problem; step?: string }
  | { type: 'undone'; step: string; effect: Effect }
  | { type: 'undo_failed'; step: string; problem: Problem }
  /** `also`: what else is approved with it; all of it counts, or nothing. */
  | ({ type: 'approve'; by: string; also?: Approved[]; reason?: string; signature?: Signature } & Approved)
  /** `digest`: of a signed one, which is about what was looked at. */
  | { type: 'reject'; by: string; step?: string; reason?: string; digest?: string; signature?: Signature }
  /** Takes an approval back. `digest`: of a signed one. */
  | { type: 'revoke'; by: string; step?: string; reason?: string; digest?: string; signature?: Signature }
  | { type: 'abort'; by: string; reason?: string; undo?: boolean; unlessBegun?: boolean }
  | { type: 'pause'; by: string; reason?: string; takeOver?: boolean }
  | { type: 'resume'; by: string; reason?: string; handBack?: boolean }
  | { type: 'skip'; by: string; step: string; reason?: string }
  /** `digest`: of a signed one, which is about the preview that was looked at. */
  | {
      type: 'override';
      by: string;
      changes: ParamsChange[];
      reason?: string;
      digest?: string;
      signature?: Signature;
    }
  | { type: 'retry'; by: string; step: string; params?: JsonObject; reason?: string }
  /** A request that made no sense or came too early; recorded, nothing else. */
  | { type: 'refused'; what: string; by: string; message: string }
  | { type: 'guard_granted'; scope: string; token: number; actedAt?: number }
  | { type: 'guard_queued'; scope: string; wait: WaitView }
  | { type: 'guard_refused'; scope: string; reason: string }
  | { type: 'guard_lost'; scope: string; token: number; reason: string }
  /** The kill switch of this workflow id has been released, or is not there any more. */
  | { type: 'stop_released'; id: string }
  /** Words of the run around a sub-plan. */
  | { type: 'outer_stops'; reason: string; undo: boolean }
  | { type: 'let_stand' }
  | { type: 'cancel' }
  | { type: 'timeout' }
  /** The time of `RunState.keepUntil` has come. */
  | { type: 'kept' }
  | { type: 'approval_expired'; key: string }
  | { type: 'approval_reminder'; key: string }
  /** The time of the stage (from 0) of the approval asked for `since` has come. */
  | { type: 'approval_escalated'; key: string; since: string; stage: number }
  /** A channel was told about an approval, or why it could not be. */
  | { type: 'told'; channel: string; about: string; problem?: Problem }
  /** The time `until` of what was granted is over. */
  | { type: 'approval_lapsed'; key: string; until: string }
);

/** What the shell is to do next. It answers each step command with exactly one event. */
export type Command =
  | StepCommand
  /** The guard answers with an event, sooner or later. */
  | { type: 'acquire'; scope: string; request: Omit<GuardRequest, 'holder' | 'runId'> }
  | { type: 'release'; releases: { scope: string; token?: number; acts: { act: GuardAct; result: ActResult }[] }[] }
  /** Of the whole plan, or of a step whose turn has come. */
  | { type: 'evaluate_policy'; step?: string }
  | { type: 'cancel_in_flight' }
  /** Answered with `told`, unless the run ends before; it makes no difference to the run. */
  | ({ type: 'tell' } & Notice);

/** What a channel is told about an approval. Unique by `id` in the run. */
export interface Notice {
  id: string;
  channel: string;
  /** `plan`, `step:<id>`, … */
  about: string;
  severity: 'info' | 'warning';
  title: string;
  text: string;
  /** What can be approved and rejected where the channel has buttons. Absent: it is not decided by a yes. */
  decision?: { digest: string; step?: string };
}

export type StepCommand =
  /** `upon`: as the object will be after these steps, whose previews are there. */
  | { type: 'validate'; step: string; upon?: string[] }
  | { type: 'execute'; step: string }
  | { type: 'verify'; step: string }
  /** Look at one condition of `verify.checks`. */
  | { type: 'check'; step: string; index: number }
  | { type: 'undo'; step: string };

export interface Decision {
  state: RunState;
  commands: Command[];
  /** Answer to whoever sent approve, reject or abort. */
  reply?: { accepted: boolean; message: string };
}
