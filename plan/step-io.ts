import type { Json, JsonObject } from './json';
import type { Target } from './model';
import type { ScopeNeed } from './sub-plan';

/** What every phase of an action is told. Plain data: it is the input of the activity `<action>.<phase>`. */
export interface StepRequest {
  /** `<workflowId>/<stepId>`: the same for every attempt and phase; stamped on whatever is changed. */
  operationId: string;
  stepId: string;
  action: string;
  /** Where the step is done: its target's cluster, or the plan's. */
  cluster: string;
  target?: Target;
  /** Already rendered: no templates left. Checked against the action's schema in every phase. */
  params: JsonObject;
  /** ISO 8601; after it the phase must give up and say so (`DEADLINE_EXCEEDED`). */
  deadline?: string;
  /** Of execute: the guards that the step is done under; checked before it acts. */
  guards?: { scope: string; token: number; holder?: string }[];
  /** Why the plan goes past the disruption budget, in the words of a person. */
  breakGlass?: string;
  /** The step takes back what another one did: no budget holds it up, and no kill switch stops it. */
  undo?: boolean;
}

/** An object as found on the cluster. `uid` and `resourceVersion` are absent only for actions without an object. */
export interface ResolvedTarget extends Target {
  resourceVersion?: string;
}

/** One field that changes, by JSON pointer into the target (`/spec/replicas`). An absent side means the field is absent there. */
export interface FieldChange {
  path: string;
  before?: Json;
  after?: Json;
}

/** Result of `<action>.validate`: what would happen. Nothing has been changed. */
export interface Validation {
  target?: ResolvedTarget;
  /** Who owns the target (of a pod its workload): guarded along with it. Found by the engine, not by the action. */
  owner?: { kind: string; namespace?: string; name: string };
  /** The fields the action will change, as they are; handed back to execute, verify and rollback untouched. */
  before: Json;
  /** Bound by the digest an approver approves. */
  diff: FieldChange[];
  /** For the approver's eyes, not bound by the digest: other writers, PDB headroom, pods to be evicted. */
  warnings: string[];
  /** One line: `shop/web replicas 3 → 5`. */
  summary: string;
  /** true: the target is already as wished; executing would change nothing. */
  noEffect: boolean;
  /** Why a person must approve this whatever the plan says: `deletes the data of the claim for good`. */
  approval?: string;
  /** What policies ask about the target; read by the executor where policies are in force. Not bound by the digest. */
  facts?: TargetFacts;
  /** Of a sub-plan: the guards that its steps need. Found by the engine, not by the action. */
  guards?: ScopeNeed[];
  /** The API could not be asked about the object as earlier steps will leave it: this is what would happen to it as it is now. */
  unforeseen?: true;
}

/** What an earlier step of the plan will have made of an object, by its own preview. */
export interface EarlierChange {
  step: string;
  target: ResolvedTarget;
  diff: FieldChange[];
}

/** What is unknown (the permission is missing) is absent. A type alias, since CEL takes plain JSON. */
export type TargetFacts = {
  labels?: Record<string, string>;
  /** Short ones only. */
  annotations?: Record<string, string>;
  /** Empty for objects outside any namespace. */
  namespaceLabels?: Record<string, string>;
  /** `spec.replicas`, for kinds that have it. */
  replicas?: number;
};

/** Result of `<action>.execute` and `<action>.rollback`: what was done, as read back. */
export interface Effect {
  /** false: nothing had to be changed. */
  changed: boolean;
  summary: string;
  /** Visible to later steps as `steps.<id>.effect`. */
  data: JsonObject;
  /** Part of the effect that no undo can take back, each as a sentence for the outcome (`pod shop/web-1 was evicted`). */
  irreversible?: string[];
}

/** Result of `<action>.verify`: the reading that proves the effect, or refutes it. */
export interface Evidence {
  verified: boolean;
  summary: string;
  /** Visible to later steps as `steps.<id>.evidence`. */
  data: JsonObject;
}

export const Phase = { validate: 'validate', execute: 'execute', verify: 'verify', rollback: 'rollback' } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** Inputs of the four activities, as one object each: fields can be added without breaking a running workflow. */
export interface ValidateInput {
  step: StepRequest;
  /** Of the preview: what earlier steps will have done to the step's object, in their order. */
  earlier?: EarlierChange[];
}
export interface ExecuteInput {
  step: StepRequest;
  validation: Validation;
}
export interface VerifyInput {
  step: StepRequest;
  validation: Validation;
  effect: Effect;
}
export interface RollbackInput {
  step: StepRequest;
  validation: Validation;
  /** Absent when it is unknown whether execute did anything. */
  effect?: Effect;
}

/** The facts about an action that workflows, CLI and documents need; everything in a definition that is data. */
export interface ActionMeta {
  name: string;
  executor: string;
  risk: 'low' | 'medium' | 'high';
  reversibility: 'reversible' | 'compensatable' | 'irreversible';
  disruption: 'none' | 'pod' | 'workload' | 'node' | 'cluster';
  readOnly: boolean;
  /** Done with a cluster's own credentials: then the task queue is `kubernaut.<cluster>.<executor>`, else `kubernaut`. */
  clusterScoped: boolean;
  /** The workflow itself waits (durable timer) until the time that validate returned in `before.until`, instead of an execute activity. */
  durableTimer?: boolean;
  /** The params hold a plan (`run_plan`), which the workflow carries out as a child workflow instead of execute, verify and rollback activities. */
  childPlan?: boolean;
  /**
   * Its diff says all that it changes in its target, by paths that exist there, and follows from the fields of that object: so
   * steps on one object can be previewed one upon the other. Default: it cannot be foreseen.
   */
  foreseeable?: boolean;
  /** Its step asks a person whatever the plan says; so it cannot be an undo, nor stand in a loop. */
  approval?: 'always';
}
