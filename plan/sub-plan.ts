import type { GuardAct } from './guard/model';
import type { Json, JsonObject } from './json';
import type { RemediationPlan } from './model';
import { asObject } from './sketch';
import type { StepPreview } from './steering';

/**
 * The action whose step is another plan, carried out as a child workflow. Its name is part of the plan language: what stands
 * in its params is a document with steps, targets and expressions of its own, which the outer plan's do not reach into.
 */
export const SUB_PLAN_ACTION = 'run_plan';

/** How deep sub-plans may stand in each other: a sub-plan, and one within it. */
export const MAX_SUB_PLAN_DEPTH = 2;

/** The document of such a step as it is written; undefined for every other step, and for one without a document. */
export function subPlanDocument(step: { action?: Json; params?: Json }): JsonObject | undefined {
  if (step.action !== SUB_PLAN_ACTION) return undefined;
  const plan = asObject(step.params).plan;
  return plan !== undefined && plan === asObject(plan) ? (plan as JsonObject) : undefined;
}

/** Of a step of a checked plan, whose sub-plan has been normalized with it. */
export function subPlanOf(step: { action: string; params: JsonObject }): RemediationPlan | undefined {
  return subPlanDocument(step) as RemediationPlan | undefined;
}

/** What a sub-plan that names no cluster and no requester has from the plan around it. */
export function inheriting(document: JsonObject, outer: { cluster?: Json; requester?: Json }): JsonObject {
  const { metadata, spec } = document;
  const filled = (part: Json | undefined, key: string, value: Json | undefined): Json | undefined => {
    const object = asObject(part);
    return part !== object || object[key] !== undefined || value === undefined ? part : { ...object, [key]: value };
  };
  return {
    ...document,
    ...(metadata !== undefined && { metadata: filled(metadata, 'requester', outer.requester)! }),
    ...(spec !== undefined && { spec: filled(spec, 'cluster', outer.cluster)! }),
  };
}

/** What a remediation is told that is the sub-plan of another one. Ignored in a run that nobody has started as a child. */
export interface SubPlanInput {
  /**
   * `preview`: a dry run, whose result holds a {@link SubPlanPreview} · `run`: when it has had its effect it does not end, but
   * tells so (signal `stands`) and waits for the word of the run around it: `stop`, or `letStand`.
   */
  role: 'preview' | 'run';
  /** First part of its operation ids: preview and run speak of the same operations. */
  operationId: string;
  /** What a person has approved as part of the plan around it; the run is blocked when it would do something else by now. */
  digest?: string;
  /** Guards that the run around it holds, by scope: the sub-plan acts under these, and does not ask for them. */
  guards?: Record<string, { holder: string; token: number }>;
}

/** What the run around it learns from the dry run of a sub-plan. */
export interface SubPlanPreview {
  digest: string;
  steps: Pick<StepPreview, 'id' | 'summary' | 'diff' | 'warnings' | 'noEffect'>[];
  /** There is more to it than `steps` shows: the answer would be too large. */
  shortened: boolean;
  nothingToDo: boolean;
  guards: ScopeNeed[];
  /** Someone will be asked, in the sub-plan's own run. */
  asks: boolean;
}

/** A guard that a step needs beyond its own target, and what is done under it. */
export interface ScopeNeed {
  scope: string;
  acts: GuardAct[];
}

/** Signals between a run and its sub-plans. */
export const SubPlanSignal = {
  /** To the sub-plan, whatever it is at. Its payload: {@link StopWord}. */
  stop: 'subPlanStop',
  /** To a sub-plan that stands by. */
  letStand: 'subPlanLetStand',
  /** To the run around it. Its payload: {@link SubPlanStands}. */
  stands: 'subPlanStands',
} as const;

export interface StopWord {
  reason: string;
  /** Bring back what was done; false: whoever stopped the run around it does not want that. */
  undo: boolean;
}

export interface SubPlanStands {
  /** Workflow id of the sub-plan. */
  id: string;
  reason: string;
  steps: { id: string; status: string; summary?: string; evidence?: string }[];
  /** What no undo could take back. */
  irreversible: string[];
}
