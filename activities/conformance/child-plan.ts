import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../plan/json';
import type { RemediationPlan } from '../../plan/model';
import type { Effect } from '../../plan/step-io';
import { planCheck } from '../plan-check';
import type { ActionRegistry } from '../registry';
import { inSetting, type Bench } from './bench';
import type { CheckId } from './checks';
import { demand, type Findings } from './findings';
import { NotApplicable } from './fixture';
import { refusedWith } from './journeys';
import type { PlanRunEnd, PlanRunner } from './plan-runner';
import type { Trial } from './trial';

export interface ChildPlanMeans {
  registry: ActionRegistry;
  plans: PlanRunner | undefined;
}

const claimed: Effect = { changed: true, summary: 'claimed, never done', data: {} };

/** Called by themselves, its phases must claim nothing: the workflow of a remediation does what they stand for. */
const phases: Partial<Record<CheckId, (trial: Trial) => Promise<unknown>>> = {
  'lost-result': async (trial) => trial.execute(await trial.validate(), 2),
  'verify-refutes': async (trial) => trial.verify(await trial.validate(), claimed),
  'rollback-unknown': async (trial) => trial.rollback(await trial.validate()),
  'rollback-unneeded': async (trial) => trial.rollback(await trial.validate()),
  'stale-plan': async (trial) => trial.execute(await trial.validate()),
  'foreign-change': async (trial) => trial.rollback(await trial.validate(), claimed),
};

/**
 * What can be proven of an action whose step is another plan: its validate, like that of every action; that its phases refuse
 * to be called by themselves; and, where plans can be run, its effect and its undo by runs of a plan around it.
 */
export async function childPlan(bench: Bench, findings: Findings, means: ChildPlanMeans): Promise<void> {
  await inSetting(bench, bench.fixture.stage, async ({ trial }) => {
    const before = await trial.world();
    await findings.check('validate-changes-nothing', async () => {
      const { summary } = await trial.validate();
      demand((await trial.changes()) === 0 && (await trial.world()) === before, 'validate changed something');
      const count = wellFormed(means, trial, []).spec.steps.length;
      return `no call; ${summary}; the plan around it has ${count} step`;
    });
    await findings.check('bad-params', async () => {
      const given = trial.staged.params;
      const misspelled = { ...given, no_such_parameter: 1 };
      const { message } = await refusedWith(['PARAMS_INVALID'], () => trial.validate({ params: misspelled }));
      return `${message}; within the sub-plan: ${problemWithin(means, trial)}`;
    });
    for (const [check, run] of Object.entries(phases) as Array<[CheckId, (trial: Trial) => Promise<unknown>]>) {
      await findings.check(check, async () => {
        const why = await refusesByItself(trial, before, () => run(trial));
        throw new NotApplicable(`${why}; what its steps do is proven of their own actions`);
      });
    }
    await findings.check('permissions-needed', async () => {
      demand(bench.action.permissions.length === 0, 'it declares permissions, and calls nothing itself');
      throw new NotApplicable('its steps bring the rights of their own actions');
    });
    for (const check of ['another-object', 'missing-object', 'other-writers'] as const) {
      await findings.check(check, async () => {
        throw new NotApplicable('it takes no target; those of its steps are proven of their own actions');
      });
    }
  });
  await theEffect(bench, findings, means);
  await theUndo(bench, findings, means);
}

/** Run, and run again under the same id: one child, one change. */
async function theEffect(bench: Bench, findings: Findings, means: ChildPlanMeans): Promise<void> {
  await inSetting(bench, bench.fixture.stage, async ({ trial }) => {
    const before = await trial.world();
    let end: PlanRunEnd | undefined;
    const executed = await findings.check('execute-once', async () => {
      const { run } = await runnerOf(means, trial, before, () => trial.validate().then((it) => trial.execute(it)));
      const plan = wellFormed(means, trial, []);
      const id = `remediation/conformance-${randomUUID().slice(0, 8)}/1`;
      end = await run(plan, id);
      const world = await trial.world();
      const changes = await trial.changes();
      demand(changes > 0 && world !== before, `it ended ${end.outcome}, and the world is as before: ${before}`);
      const again = await run(plan, id);
      demand(
        (await trial.changes()) === changes && (await trial.world()) === world,
        'the second start changed it again',
      );
      const children = [...new Set([...end.children, ...again.children])];
      demand(children.length === 1, `it has ${children.length} children: ${children.join(', ')}`);
      return `started twice: one child (${children[0]}), ${changes} change`;
    });
    if (!executed) return;
    await findings.check('verify-proves', async () => {
      await runnerOf(means, trial, before, () => trial.validate().then((it) => trial.verify(it, claimed)));
      demand(end?.outcome === 'succeeded', `the plan around it ended ${end?.outcome}`);
      return 'the plan around it succeeded, with the evidence of the child';
    });
  });
}

/** A step after it fails: the child undoes what it did, and undoes it once. */
async function theUndo(bench: Bench, findings: Findings, means: ChildPlanMeans): Promise<void> {
  await inSetting(bench, bench.fixture.stage, async ({ trial }) => {
    const before = await trial.world();
    const byItself = () => trial.validate().then((it) => trial.rollback(it, claimed));
    const id = `remediation/conformance-${randomUUID().slice(0, 8)}/1`;
    const failing: JsonObject = {
      ...{ id: 'fails', action: 'log', dependsOn: ['sub'], params: { message: 'never enough' } },
      verify: { expect: 'evidence.never == true' },
    };
    const restored = await findings.check('rollback-restores', async () => {
      const { run } = await runnerOf(means, trial, before, byItself);
      const end = await run(wellFormed(means, trial, [failing]), id);
      demand(end.outcome === 'rolled_back' && end.left === 0, `it ended ${end.outcome}, ${end.left} effects are left`);
      demand((await trial.world()) === before, `it was ${before} and is ${await trial.world()}`);
      demand((await trial.changes()) > 0, 'nothing was changed, so nothing was undone');
      return `${end.outcome}, after ${await trial.changes()} changes`;
    });
    if (!restored) return;
    await findings.check('rollback-twice', async () => {
      const { run } = await runnerOf(means, trial, before, byItself);
      const changes = await trial.changes();
      await run(wellFormed(means, trial, [failing]), id);
      demand((await trial.changes()) === changes && (await trial.world()) === before, 'it was undone a second time');
      return 'started again: nothing more was undone';
    });
  });
}

/** Without a runner the check does not apply, but that the phase claims nothing is still seen. */
async function runnerOf(
  { plans }: ChildPlanMeans,
  trial: Trial,
  before: string,
  byItself: () => Promise<unknown>,
): Promise<PlanRunner> {
  if (plans) return plans;
  const why = await refusesByItself(trial, before, byItself);
  throw new NotApplicable(`no plans can be run here, for want of a Temporal server; ${why}`);
}

async function refusesByItself(trial: Trial, before: string, phase: () => Promise<unknown>): Promise<string> {
  const { message } = await refusedWith(['PRECONDITION_FAILED'], phase);
  demand((await trial.changes()) === 0 && (await trial.world()) === before, 'it changed something all the same');
  return `called by itself it refuses: ${message}`;
}

/** The plan around it, as `plan.check` hands it out. */
function wellFormed(means: ChildPlanMeans, { action, staged }: Trial, more: JsonObject[]): RemediationPlan {
  const check = planCheck(means.registry, around(means, action, staged.params, more));
  demand(
    check.ok,
    check.ok ? '' : `the plan check refuses it: ${check.problems.map(({ message }) => message).join('; ')}`,
  );
  return check.plan;
}

/** A misspelled parameter of a step of the sub-plan, found by the check of the plan around it. */
function problemWithin(means: ChildPlanMeans, { action, staged }: Trial): string {
  const params = structuredClone(staged.params) as { plan: { spec: { steps: Array<{ params?: JsonObject }> } } };
  const [first] = params.plan.spec.steps;
  demand(first !== undefined, 'the sub-plan of the fixture has no step');
  first.params = { ...first.params, no_such_parameter: 1 };
  const check = planCheck(means.registry, around(means, action, params, []));
  const problem = check.ok ? undefined : check.problems.find(({ code }) => code === 'PARAMS_INVALID');
  const place = 'spec.steps[0].params.plan.spec.steps[0].params';
  demand(problem?.path.startsWith(place) === true, 'a misspelled parameter of a step of the sub-plan is not found');
  return problem.message;
}

function around({ plans }: ChildPlanMeans, action: string, params: JsonObject, more: JsonObject[]): JsonObject {
  return {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'conformance', reason: 'Conformance', requester: 'conformance' },
    spec: {
      cluster: plans?.cluster ?? 'conformance',
      approval: 'none',
      steps: [{ id: 'sub', action, params }, ...more],
    },
  };
}
