import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  defineSignal,
  executeChild,
  isCancellation,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
  type ChildWorkflowOptions,
} from '@temporalio/workflow';
import { stepSpec } from '../plan/core/draft';
import type { RunContext, RunState, StepState } from '../plan/core/state';
import { KubernautError } from '../plan/errors';
import type { RemediationPlan } from '../plan/model';
import { Outcome, type RemediationResult } from '../plan/outcome';
import { WorkflowType, type RemediationInput } from '../plan/steering';
import type { Effect, Evidence, Validation } from '../plan/step-io';
import { subPlanOf, SubPlanSignal, type SubPlanInput, type SubPlanStands, type StopWord } from '../plan/sub-plan';
import * as words from '../plan/sub-plan-words';
import { operationIdOf } from './operation-id';

type Remediation = (input: RemediationInput) => Promise<RemediationResult>;

interface Child {
  handle?: ChildWorkflowHandle<Remediation>;
  /** It has had its effect and waits for a word. */
  stands?: SubPlanStands;
  /** The word it was given. */
  told?: string;
  /** Absent `result`: terminated, or otherwise ended without one. */
  ended?: { result?: RemediationResult; why: string };
}

/**
 * Steps whose action is another plan: a child workflow `<operation>/plan`, which after its success stands by until this run
 * tells it what becomes of it. Policy and approvals are the child's own affair, on top of those of this run.
 */
export class SubPlans {
  /** Words on their way out. */
  passing = 0;
  undoWhenStopped = true;
  private readonly children = new Map<string, Child>();

  constructor(private readonly run: RunContext) {
    setHandler(defineSignal<[SubPlanStands]>(SubPlanSignal.stands), (stands) => {
      const child = this.children.get(stands.id);
      if (child) child.stands = stands;
    });
  }

  /**
   * From its first sub-plan on a run does not continue as new: the end of a child is told only to the run that started it. With
   * 500 steps at most the history stays far below what the server allows.
   */
  get any(): boolean {
    return this.children.size > 0;
  }

  /** A dry run of the sub-plan, in a run of its own. */
  async preview(id: string, step: StepState, own: Validation): Promise<Validation> {
    const plan = this.planOf(id, step);
    const operation = operationIdOf(this.run, id, step);
    const input: RemediationInput = {
      plan: { ...plan, spec: { ...plan.spec, dryRun: true } },
      sub: { role: 'preview', operationId: childId(operation) },
    };
    try {
      const options = optionsOf(`${operation}/preview`, `preview of ${plan.metadata.name}`, input);
      const { preview, reason } = await executeChild<Remediation>(WorkflowType.remediation, options);
      if (preview === undefined) throw new KubernautError('SUB_PLAN_FAILED', `no preview: ${reason}`);
      return words.validationOf(own, preview, childId(operation));
    } catch (error) {
      const result = isCancellation(error) ? undefined : resultOf(error);
      throw result ? words.previewProblem(plan.metadata.name, result) : error;
    }
  }

  /** Ends when the sub-plan stands by, or has ended. A cancel, or the step's deadline, undoes it first. */
  execute(id: string, step: StepState, state: RunState): Promise<Effect> {
    const scope = CancellationScope.current();
    return CancellationScope.nonCancellable(async () => {
      const { child, name, key } = await this.start(id, step, state);
      let why: 'CANCELLED' | 'DEADLINE_EXCEEDED' | undefined;
      const undo = (code: NonNullable<typeof why>, reason: string) => {
        if (!waiting || child.ended || child.told) return;
        why = code;
        this.tell(child, SubPlanSignal.stop, reason, code === 'DEADLINE_EXCEEDED' || this.undoWhenStopped);
      };
      let waiting = true;
      void scope.cancelRequested.catch(() => undo('CANCELLED', 'the plan around it stops'));
      const timer = new CancellationScope();
      const left = Math.max(1, (step.deadline ?? Infinity) - Date.now());
      if (Number.isFinite(left)) {
        const overdue = () => undo('DEADLINE_EXCEEDED', 'its step in the plan around it is out of time');
        void timer.run(() => sleep(left, { summary: `timeout of ${id}` })).then(overdue, () => undefined);
      }
      // Once it has been told to undo everything only its end counts: what follows must not begin before.
      await condition(() => child.ended !== undefined || (child.stands !== undefined && child.told === undefined));
      waiting = false;
      timer.cancel();
      if (child.ended === undefined) return words.effectOf(name, child.stands!);
      const { result, why: end } = child.ended;
      if (why === 'CANCELLED') throw new KubernautError(why, `sub-plan ${name} was stopped (${key})`);
      if (why !== undefined)
        throw new KubernautError(why, `sub-plan ${name} did not end in the time of its step (${key})`);
      if (result === undefined) throw new KubernautError('SUB_PLAN_FAILED', `sub-plan ${name} (${key}): ${end}`);
      const well = result.outcome === Outcome.succeeded || result.outcome === Outcome.noEffect;
      if (!well) throw words.failureOf(name, key, result);
      return child.stands ? words.effectOf(name, child.stands) : words.idleEffect(name, key, result);
    });
  }

  verify(id: string, step: StepState): Promise<Evidence> {
    const ended = this.children.get(childId(operationIdOf(this.run, id, step)))?.ended;
    const well = ended?.result?.outcome === Outcome.succeeded || ended?.result?.outcome === Outcome.noEffect;
    return Promise.resolve(
      words.evidenceOf(step.effect, ended && !well ? `the sub-plan ended: ${ended.why}` : undefined),
    );
  }

  /** Everything that it did, newest first, as the sub-plan itself says; ends when it has ended. */
  async rollback(id: string, step: StepState): Promise<Effect> {
    const key = childId(operationIdOf(this.run, id, step));
    const { name } = this.planOf(id, step).metadata;
    const child = this.children.get(key);
    if (child === undefined) {
      const why = 'it was not started by this run, so this run cannot have it undone';
      throw new KubernautError('UNDO_IMPOSSIBLE', `sub-plan ${name} (${key}): ${why}`);
    }
    if (child.told === undefined) this.tell(child, SubPlanSignal.stop, 'the plan around it is undone');
    await condition(() => child.ended !== undefined);
    const { result, why } = child.ended!;
    if (result === undefined) throw new KubernautError('UNDO_IMPOSSIBLE', `sub-plan ${name} (${key}): ${why}`);
    return words.undoOf(name, key, result, child.stands !== undefined);
  }

  /** The run has ended: what still stands by is not wanted undone any more. */
  release(): void {
    for (const child of this.children.values()) {
      if (child.told === undefined) this.tell(child, SubPlanSignal.letStand, 'the plan around it has ended');
    }
  }

  private async start(
    id: string,
    step: StepState,
    state: RunState,
  ): Promise<{ child: Child; name: string; key: string }> {
    const plan = this.planOf(id, step);
    const operation = operationIdOf(this.run, id, step);
    const key = childId(operation);
    const child: Child = {};
    this.children.set(key, child);
    const input: RemediationInput = { plan, sub: this.inputOf(key, step, state) };
    const summary = `${plan.metadata.name}, step ${id} of ${this.run.plan.metadata.name}`;
    try {
      child.handle = await startChild<Remediation>(WorkflowType.remediation, {
        ...optionsOf(key, summary, input),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
      });
    } catch (error) {
      this.children.delete(key);
      const why = error instanceof Error ? error.message : 'unknown';
      throw new KubernautError(
        'SUB_PLAN_FAILED',
        `sub-plan ${plan.metadata.name} could not be started as ${key}: ${why}`,
      );
    }
    void child.handle.result().then(
      (result) => void (child.ended = { result, why: result.reason }),
      (error: unknown) => {
        const result = resultOf(error);
        const cause = error instanceof ChildWorkflowFailure ? error.cause?.message : undefined;
        child.ended = {
          ...(result && { result }),
          why: result?.reason ?? `it ended without a result (${cause ?? 'unknown'})`,
        };
      },
    );
    return { child, name: plan.metadata.name, key };
  }

  private inputOf(operationId: string, step: StepState, state: RunState): SubPlanInput {
    const holder = workflowInfo().workflowId;
    const own = Object.entries(state.guards?.held ?? {}).map(([scope, token]) => [scope, { holder, token }] as const);
    const digest = (step.validation?.before as { digest?: string } | undefined)?.digest;
    return {
      role: 'run',
      operationId,
      // Nobody looked at it when nobody approved it; it then does what its own, fresh preview says, as any step does.
      ...(step.approved !== undefined && digest !== undefined && { digest }),
      guards: { ...this.run.sub?.guards, ...Object.fromEntries(own) },
    };
  }

  private tell(child: Child, signal: string, reason: string, undo = true): void {
    if (child.ended !== undefined || child.handle === undefined) return;
    child.told = signal;
    this.passing++;
    // One that cannot be told has ended, which it says by its result.
    void CancellationScope.nonCancellable(() =>
      child.handle!.signal(defineSignal<[StopWord]>(signal), { reason, undo }),
    ).then(
      () => void this.passing--,
      () => void this.passing--,
    );
  }

  private planOf(id: string, step: StepState): RemediationPlan {
    const { action, params } = stepSpec(this.run, id);
    const plan = subPlanOf({ action, params: step.params ?? params });
    if (plan === undefined) throw new KubernautError('PLAN_INVALID', `step ${id} holds no plan`);
    return plan;
  }
}

function childId(operation: string): string {
  return `${operation}/plan`;
}

function optionsOf(
  workflowId: string,
  summary: string,
  input: RemediationInput,
): ChildWorkflowOptions & { args: [RemediationInput] } {
  return {
    workflowId,
    args: [input],
    staticSummary: summary.slice(0, 200),
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    // When this run is terminated: a sub-plan at work brings back what it did, one that stands by is let stand.
    parentClosePolicy: 'REQUEST_CANCEL',
  };
}

/** The result of a remediation that did not end well is in the details of its failure. */
function resultOf(error: unknown): RemediationResult | undefined {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : undefined;
  const details =
    cause instanceof ApplicationFailure || isCancellation(cause) ? (cause as ApplicationFailure).details : undefined;
  const result = details?.[0] as RemediationResult | undefined;
  return typeof result?.outcome === 'string' ? result : undefined;
}
