import { CancellationScope, proxyLocalActivities, sleep } from '@temporalio/workflow';
import { actionMeta, stepSpec } from '../plan/core/draft';
import { renderCompensation } from '../plan/core/expressions';
import { earlierChanges } from '../plan/core/foresight';
import { policyRequest } from '../plan/core/policy';
import type { RunContext, RunEvent, RunState, StepCommand, StepState } from '../plan/core/state';
import type { JsonObject } from '../plan/json';
import type { PolicyDecision } from '../plan/policy/decision';
import type { PolicyRequest } from '../plan/policy/request';
import type { EarlierChange, Effect, Validation } from '../plan/step-io';
import { Checks } from './checks';
import { problemOfActivity } from './failures';
import { Phases } from './phases';
import { SubPlans } from './sub-plans';

const { 'policy.evaluate': evaluatePolicy } = proxyLocalActivities<{
  'policy.evaluate': (input: { request: PolicyRequest }) => Promise<PolicyDecision>;
}>({ startToCloseTimeout: '30s', retry: { maximumAttempts: 5 } });

/** An event without its time. */
export type Happening = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

type ForwardCommand = Exclude<StepCommand, { type: 'undo' }>;

/** Carries out the core's commands; every step command is answered by exactly one event. */
export class Commands {
  /** Step commands under way. */
  inFlight = 0;
  readonly subPlans: SubPlans;
  private readonly phases: Phases;
  private readonly checks: Checks;
  private readonly scope = new CancellationScope();

  constructor(
    private readonly run: RunContext,
    private readonly report: (happening: Happening) => void,
  ) {
    this.phases = new Phases(run);
    this.subPlans = new SubPlans(run);
    this.checks = new Checks(run, this.phases);
  }

  /** `state` is the one that the command was decided with. */
  start(command: StepCommand, state: RunState): void {
    const { step: id } = command;
    this.inFlight++;
    const answer = (happening: Happening) => {
      this.inFlight--;
      this.report(happening);
    };
    const failed = (error: unknown) => {
      const what = `${stepSpec(this.run, id).action}.${command.type === 'undo' ? 'rollback' : command.type}`;
      const type = command.type === 'undo' ? 'undo_failed' : 'failed';
      answer({ type, step: id, problem: problemOfActivity(error, what) });
    };
    // As few promises as it takes: each one of a workflow costs a stack trace (the SDK keeps it for `__stack_trace`).
    // The undo must go on when everything else has been cancelled, the timer included whose end has led to it: what
    // expires an approval is cancelled with it.
    if (command.type === 'undo') {
      void CancellationScope.nonCancellable(() => this.undo(id, state)).then(answer, failed);
    } else void this.scope.run(() => this.perform(command, state)).then(answer, failed);
  }

  /** @param undo whether a sub-plan that is stopped brings back what it did */
  cancelInFlight(undo: boolean): void {
    this.subPlans.undoWhenStopped = undo;
    this.scope.cancel();
  }

  /** A local activity: its answer is in the history, and it needs no other worker. */
  evaluate(step: string | undefined, state: RunState): void {
    this.inFlight++;
    const only = step === undefined ? {} : { step };
    const answer = (happening: Happening) => {
      this.inFlight--;
      this.report(happening);
    };
    void this.scope
      .run(() => evaluatePolicy({ request: policyRequest(this.run, state, step) }))
      .then(
        (decision) => answer({ type: 'policy_decided', decision, ...only }),
        (error: unknown) =>
          answer({ type: 'policy_failed', problem: problemOfActivity(error, 'policy.evaluate'), ...only }),
      );
  }

  private perform(command: ForwardCommand, state: RunState): Promise<Happening> {
    const { type, step: id } = command;
    const step = state.steps[id]!;
    const meta = actionMeta(this.run, stepSpec(this.run, id).action);
    if (meta.childPlan && (type === 'execute' || type === 'verify')) return this.performSubPlan(type, id, state);
    if (meta.durableTimer) {
      if (type === 'execute') return waitUntil(step).then((effect) => ({ type: 'executed', step: id, effect }));
      if (type === 'verify') {
        return Promise.resolve({ type: 'verified', step: id, evidence: { verified: true, ...waited(step) } });
      }
    }
    switch (type) {
      case 'validate': {
        const earlier = earlierChanges(state, command.upon ?? []);
        if (stepSpec(this.run, id).verify.checks) return this.validateWithChecks(id, state, earlier);
        return this.validate(id, step, earlier).then((validation) => ({ type: 'validated', step: id, validation }));
      }
      case 'execute':
        return this.phases.execute(id, step).then((effect) => ({ type: 'executed', step: id, effect }));
      case 'verify':
        return this.phases.verify(id, step).then((evidence) => ({ type: 'verified', step: id, evidence }));
      case 'check': {
        const { index } = command;
        const look = this.checks.look(id, state, index);
        return look.then((evidence) => ({ type: 'checked', step: id, index, evidence }));
      }
    }
  }

  private async performSubPlan(type: 'execute' | 'verify', id: string, state: RunState): Promise<Happening> {
    const step = state.steps[id]!;
    if (type === 'verify') return { type: 'verified', step: id, evidence: await this.subPlans.verify(id, step) };
    return { type: 'executed', step: id, effect: await this.subPlans.execute(id, step, state) };
  }

  /** Of a sub-plan, the action itself says only whether it may be run at all; what it would do, its dry run. */
  private validate(id: string, step: StepState, earlier: readonly EarlierChange[]): Promise<Validation> {
    const own = this.phases.validate(id, step, earlier);
    if (!actionMeta(this.run, stepSpec(this.run, id).action).childPlan) return own;
    return own.then((validation) => this.subPlans.preview(id, step, validation));
  }

  /** Both to their end, whatever becomes of the other: one command, one answer, and then nothing is under way. */
  private async validateWithChecks(id: string, state: RunState, earlier: readonly EarlierChange[]): Promise<Happening> {
    const [own, others] = await Promise.allSettled([
      this.validate(id, state.steps[id]!, earlier),
      this.checks.preview(id, state),
    ]);
    if (own.status === 'rejected') throw own.reason;
    if (others.status === 'rejected') throw others.reason;
    return { type: 'validated', step: id, validation: own.value, checks: others.value };
  }

  private async undo(id: string, state: RunState): Promise<Happening> {
    const { rollback } = stepSpec(this.run, id);
    if (rollback.mode !== 'step') {
      if (actionMeta(this.run, stepSpec(this.run, id).action).childPlan) {
        return { type: 'undone', step: id, effect: await this.subPlans.rollback(id, state.steps[id]!) };
      }
      return { type: 'undone', step: id, effect: await this.phases.rollback(id, state.steps[id]!) };
    }
    const compensation = renderCompensation(this.run, state, id, rollback.step);
    return { type: 'undone', step: id, effect: await this.phases.compensate(id, compensation) };
  }
}

/** Waiting holds no worker: a timer, until the time that validate has fixed. */
async function waitUntil(step: StepState): Promise<Effect> {
  const { summary } = waited(step);
  await sleep(Math.max(1, Date.parse(untilOf(step)) - Date.now()), { summary });
  return { changed: false, ...waited(step) };
}

function waited(step: StepState): { summary: string; data: JsonObject } {
  return { summary: `waited until ${untilOf(step)}`, data: { until: untilOf(step) } };
}

function untilOf(step: StepState): string {
  return String((step.validation?.before as JsonObject | undefined)?.['until']);
}
