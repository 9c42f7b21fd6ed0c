import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { PolicyStore } from '../../activities/policy/policy-store';
import { parseSettings } from '../../config/parse-settings';
import { guardSettings } from '../../config/sections/guards';
import type { JsonObject } from '../../plan/json';
import type { RemediationPlan, Step } from '../../plan/model';
import { Lab, type LabOptions } from '../integration/engine/lab';
import { labActions, LabWorld } from '../integration/engine/lab-actions';
import { Bench, holdingActions } from '../integration/engine/lab-holding';
import { labPlan, set } from '../integration/engine/lab-plan';
import { step } from '../unit/core/world';

/**
 * Records golden histories that do not exist yet; refuses to touch one that does.
 *
 *   KUBERNAUT_STACK_INFO=info.json node --require ./test/setup/register-typescript.cjs test/replay/record-histories.ts
 */
const required = { required: true, deadline: '60m', remindEvery: '15m' };
const soon = { required: true, deadline: '3s', remindEvery: '1s' };
const world = new LabWorld();

interface Recording {
  plan: RemediationPlan;
  /** Instead of the run itself, that of its sub-plan: `<step>/plan`. */
  part?: string;
  /** Default: neither guards nor policies. */
  in?: keyof typeof surroundings;
  steer?: (lab: Lab, id: string) => Promise<unknown>;
}

async function approve(lab: Lab, id: string): Promise<void> {
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  await lab.remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });
}

const pair = (name: string, fault?: string) => [
  set(`${name}1`, 1),
  set(`${name}2`, 2, { dependsOn: [`${name}1`], ...(fault && { fault }) }),
];

const guards = parseSettings({}, 'the recorder').guards;
const surroundings = {
  plain: () => ({}),
  guarded: () => ({ guards: guardSettings(guards) }),
  governed: () => {
    const { policy, clusters } = parseSettings({ policy: { mode: 'approve' } }, 'the recorder');
    return { policy: { store: new PolicyStore(policy), policy, clusters } };
  },
} satisfies Record<string, () => Partial<LabOptions>>;

const hold = (id: string) =>
  step(id, {
    action: 'lab_hold',
    target: { cluster: 'recorded', kind: 'Deployment', namespace: 'shop', name: id },
    params: { ms: 50 },
  });

function subPlan(name: string): Step {
  const plan = labPlan([set(name, 1)]) as unknown as JsonObject;
  return { ...set('more', 0), action: 'run_plan', params: { plan } };
}

const recordings: Record<string, Recording> = {
  succeeded: { plan: labPlan(pair('a')) },
  'rolled-back': { plan: labPlan(pair('b', 'refute')) },
  'rollback-failed': {
    plan: labPlan([set('c1', 1, { fault: 'rollback' }), set('c2', 2, { dependsOn: ['c1'], fault: 'execute' })]),
  },
  blocked: { plan: labPlan(pair('d', 'validate')) },
  'approved-by-update': { plan: labPlan(pair('e'), { approval: required }), steer: approve },
  'approved-by-signal': {
    plan: labPlan([set('f1', 1), set('f2', 2, { dependsOn: ['f1'], approval: required })]),
    steer: async (lab, id) => {
      const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
      await lab.client.workflow.getHandle(id).signal('approve', { by: 'ann', digest: approvals[0]!.digest });
    },
  },
  rejected: {
    plan: labPlan(pair('g'), { approval: required }),
    steer: async (lab, id) => {
      await lab.until(id, (status) => status.approvals.length > 0);
      await lab.remediations.reject(id, { by: 'ann', reason: 'no' });
    },
  },
  expired: { plan: labPlan(pair('h'), { approval: soon }) },
  'timed-out': { plan: labPlan(pair('i', 'hang-after-acting'), { timeout: '3s' }) },
  cancelled: {
    plan: labPlan(pair('j', 'hang-after-acting')),
    steer: async (lab, id) => {
      await lab.until(id, () => world.read('j2') === 2);
      await lab.client.workflow.getHandle(id).cancel();
    },
  },
  aborted: {
    plan: labPlan(pair('k', 'hang')),
    steer: async (lab, id) => {
      await lab.until(id, ({ steps }) => steps[1]?.status === 'executing');
      await lab.remediations.abort(id, { by: 'ann', reason: 'enough' });
    },
  },
  'parallel-when-and-loop': {
    plan: labPlan([
      set('l1', 1),
      set('l2', 2),
      set('l3', 3, { dependsOn: ['l1', 'l2'], when: 'steps.l1.evidence.value == 2' }),
      {
        ...set('l4', 0, { dependsOn: ['l2'] }),
        params: { name: '${{ item }}', value: 4 },
        forEach: { in: ['x', 'y'], as: 'item', max: 5, parallel: true },
      },
    ]),
  },
  wait: {
    plan: labPlan([{ ...set('m1', 0), action: 'wait', params: { for: '1s' } }, set('m2', 2, { dependsOn: ['m1'] })]),
  },
  'dry-run': { plan: labPlan(pair('n'), { dryRun: true }) },
  // Both runs of a plan that continues as new; needs a server that suggests it early (testDynamicConfig).
  'continued-as-new': {
    plan: labPlan(Array.from({ length: 40 }, (_, n) => set(`p${n}`, n + 1, n > 0 ? { dependsOn: [`p${n - 1}`] } : {}))),
  },
  steered: {
    plan: labPlan([
      set('q1', 1, { onFailure: 'ask', fault: 'refute' }),
      set('q2', 2, { dependsOn: ['q1'] }),
      set('q3', 3, { dependsOn: ['q1'], approval: required }),
    ]),
    steer: async (lab, id) => {
      await lab.until(id, (status) => status.approvals.length > 0);
      await lab.remediations.pause(id, { by: 'ann' });
      await lab.remediations.retryStep(id, { by: 'ann', step: 'q1', params: { name: 'q1', value: 7 } });
      await lab.remediations.resume(id, { by: 'ann' });
      await approve(lab, id);
      await lab.until(id, ({ approvals }) =>
        approvals.some(({ subject }) => 'step' in subject && subject.step === 'q3'),
      );
      await lab.remediations.skipStep(id, { by: 'ann', step: 'q3' });
    },
  },
  'taken-over': {
    plan: labPlan([set('r1', 1), set('r2', 2, { dependsOn: ['r1'], approval: required })]),
    steer: async (lab, id) => {
      const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
      await lab.remediations.takeOver(id, { by: 'ann' });
      await lab.remediations.approve(id, { by: 'bob', digest: approvals[0]!.digest });
      await lab.remediations.handBack(id, { by: 'ann' });
    },
  },
  'kept-for-a-while': { plan: labPlan([set('s1', 1, { temporary: { for: '2s' } }), set('s2', 2)]) },
  guarded: { in: 'guarded', plan: labPlan([hold('t1'), hold('t2')], { cluster: 'recorded' }) },
  // A step waits for a person while the run holds guards: they are given back when nobody decides.
  'expired-while-holding': {
    in: 'guarded',
    plan: labPlan([hold('v1'), { ...hold('v2'), dependsOn: ['v1'], approval: soon }], { cluster: 'recorded' }),
  },
  governed: { in: 'governed', plan: labPlan(pair('u')), steer: approve },
  'manual-rollback': { plan: labPlan(pair('o', 'refute'), { rollbackStrategy: 'manual' }), steer: approve },
  'sub-plan': { plan: labPlan([subPlan('sp1'), set('sp2', 1, { dependsOn: ['more'] })]) },
  'sub-plan-undone': { plan: labPlan([subPlan('sq1'), set('sq2', 1, { dependsOn: ['more'], fault: 'execute' })]) },
  // The sub-plan itself, which stands by and is then undone.
  'sub-plan-stood-by': {
    plan: labPlan([subPlan('sr1'), set('sr2', 1, { dependsOn: ['more'], fault: 'execute' })]),
    part: 'more/plan',
  },
};

/** First run first. */
async function runsOf(lab: Lab, id: string): Promise<string[]> {
  const runs: { runId: string; startTime: Date }[] = [];
  for await (const info of lab.client.workflow.list({ query: `WorkflowId = "${id}"` })) runs.push(info);
  return runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime()).map(({ runId }) => runId);
}

async function main(): Promise<void> {
  for (const [name, recording] of Object.entries(recordings)) {
    const file = join(__dirname, 'histories', `${name}.json`);
    if (!existsSync(file)) await record(name, file, recording);
  }
}

async function record(
  name: string,
  file: string,
  { plan, steer, part, in: where = 'plain' }: Recording,
): Promise<void> {
  const lab = await Lab.open({
    actions: [...labActions(world), ...holdingActions(new Bench())],
    ...surroundings[where](),
  });
  try {
    const { id } = await lab.remediations.start(plan);
    await steer?.(lab, id);
    await lab.remediations.result(id);
    const recorded = part === undefined ? id : `${id}/${part}`;
    await lab.remediations.result(recorded);
    for (const [n, runId] of (await runsOf(lab, recorded)).entries()) {
      const history = await lab.client.workflow.getHandle(recorded, runId).fetchHistory();
      const path = n === 0 ? file : file.replace('.json', `-${n + 1}.json`);
      // Stack traces name the folder of whoever records; nothing depends on them.
      writeFileSync(path, `${historyToJSON(history).replaceAll(`${process.cwd()}/`, '')}\n`);
      process.stdout.write(`${name}: ${history.events?.length} events\n`);
    }
  } finally {
    await lab.close();
  }
}

void main().then(() => process.exit(0));
