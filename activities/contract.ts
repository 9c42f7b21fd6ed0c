import type { z } from 'zod';
import type { Json, JsonObject } from '../plan/json';
import type { ActionMeta, Effect, Evidence, FieldChange, ResolvedTarget, StepRequest } from '../plan/step-io';
import type { ActionSettings } from '../config/action-settings';
import type { Cluster } from './cluster/cluster';
import type { Secrets } from './secrets';

/** Time as the actions see it; injected, so that tests need no luck. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface ActionLog {
  info(message: string, fields?: JsonObject): void;
  warn(message: string, fields?: JsonObject): void;
}

/** All that an action may touch. There is no other way out: no globals, no clients of its own. */
export interface ActionContext {
  /** `<workflowId>/<stepId>`. */
  operationId: string;
  /** 1 for the first attempt. */
  attempt: number;
  /** The step's cluster. Throws `PRECONDITION_FAILED` when the action has none. */
  cluster: Cluster;
  /** What the API server has warned of so far, in the answers to writes and dry runs of this phase. Shown in the preview. */
  serverWarnings?: Iterable<string>;
  /** What kubernaut.yaml says for the step's cluster; references to secrets, never secrets. */
  settings: ActionSettings;
  secrets: Secrets;
  clock: Clock;
  log: ActionLog;
  /** Aborts on cancel and on worker shutdown; every wait and every call must end on it. */
  signal: AbortSignal;
  /** Milliseconds since the epoch after which the phase must give up. */
  deadline: number;
  /** Tells the server that we live, and people how far we are. At most a few hundred bytes. */
  progress(message: string, details?: JsonObject): void;
}

/** One RBAC rule that the action needs; `resourceNames` are never used since targets are not known beforehand. */
export interface Permission {
  apiGroup: string;
  /** `pods`, `pods/eviction`. */
  resource: string;
  verbs: ReadonlyArray<'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'>;
}

/** Executed by tests, printed by `kubernaut actions NAME` and in the documentation. */
export interface ActionExample {
  title: string;
  target?: Omit<ResolvedTarget, 'cluster' | 'uid' | 'resourceVersion'>;
  params: JsonObject;
}

/** A step whose params have passed the action's schema. */
export interface ActionStep<P> extends Omit<StepRequest, 'params'> {
  params: P;
}

/** What an action's validate returns; `before` is the before-image. */
export interface ActionValidation<B extends Json = Json> {
  target?: ResolvedTarget;
  before: B;
  diff: FieldChange[];
  warnings: string[];
  summary: string;
  noEffect: boolean;
  /** Why a person must approve this whatever the plan says. Bound to what validate saw: of `delete_pod` only with `force`. */
  approval?: string;
}

/**
 * An action: data plus four functions. One file under `executors/<executor>/`, default-free, registered by its executor's
 * list. See design.md for the promises; the conformance of each is tested on a real API server.
 */
export interface ActionDefinition<P = unknown, B extends Json = Json> extends Omit<ActionMeta, 'durableTimer'> {
  durableTimer?: boolean;
  description: string;
  whenToUse: string;
  whenNotToUse: string;
  /** Kinds the action takes as its target; empty: it takes none. */
  targetKinds: readonly string[];
  permissions: readonly Permission[];
  params: z.ZodType<P>;
  examples: readonly ActionExample[];
  /** Reads and dry-runs; never changes anything. Relative wishes become absolute values in `before`/`diff` here. */
  validate(ctx: ActionContext, step: ActionStep<P>): Promise<ActionValidation<B>>;
  /** Safe to run twice: same operation id, same absolute values, uid precondition, optimistic locking. */
  execute(ctx: ActionContext, step: ActionStep<P>, validation: ActionValidation<B>): Promise<Effect>;
  /** Waits until the effect is real (watch and heartbeat); `verified: false` as soon as it can no longer come true. */
  verify(ctx: ActionContext, step: ActionStep<P>, validation: ActionValidation<B>, effect: Effect): Promise<Evidence>;
  /** Right also when it is unknown whether execute did anything (`effect` absent), and when run twice. Absent: irreversible. */
  rollback?(ctx: ActionContext, step: ActionStep<P>, validation: ActionValidation<B>, effect?: Effect): Promise<Effect>;
}

/** Keeps the types of params and before-image inside a definition, and hands it out in the form the registry takes. */
export function defineAction<P, B extends Json>(definition: ActionDefinition<P, B>): ActionDefinition {
  return definition as unknown as ActionDefinition;
}
