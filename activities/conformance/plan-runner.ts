import type { RemediationPlan } from '../../plan/model';

/**
 * Carries out whole plans. A plan as a step (`childPlan`) is a child workflow, so without a Temporal server and a worker its
 * effect and its undo cannot be seen; the kit itself has neither.
 */
export interface PlanRunner {
  /** The cluster of the run, as plans there name it. */
  cluster: string;
  /** Starts the plan under this id, or joins the run that has it already, and tells how it ended. */
  run(plan: RemediationPlan, id: string): Promise<PlanRunEnd>;
}

export interface PlanRunEnd {
  outcome: string;
  /** Effects that were not undone. */
  left: number;
  /** Workflow ids of the child runs that it started, but for those that only previewed. */
  children: readonly string[];
}
