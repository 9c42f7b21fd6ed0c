import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { holmesGptSchema } from '../../../config/sections/holmesgpt';
import { alertFingerprint, incidentOf, IncidentSignal, ownerOfAlert } from '../../../plan/incident';
import { WorkflowType } from '../../../plan/steering';
import { startScriptedHolmesGpt, type ScriptedHolmesGpt } from '../../../tools/holmesgpt/scripted-holmesgpt';
import type { WorkerTuning } from '../../../workers/create-workers';
import { createNamespace, kubectl, waitFor } from '../../setup';
import { step } from '../../unit/core/world';
import { labActions, LabWorld } from '../engine/lab-actions';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan, set } from '../engine/lab-plan';
import { connectTestCluster, createWorkload, read } from '../kubernetes/fixtures';

const SLOTS = 2;
let cluster: ConnectedCluster;
let namespace: string;
let holmes: ScriptedHolmesGpt;

beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('slots');
  holmes = await startScriptedHolmesGpt();
});
afterAll(async () => {
  cluster?.close();
  await holmes?.close();
  if (namespace) await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

async function inLab(tuning: WorkerTuning, run: (lab: Lab, world: LabWorld) => Promise<void>): Promise<void> {
  const world = new LabWorld();
  const lab = await Lab.open({
    actions: [...kubernetesActions, ...labActions(world)],
    clusters: new Map([['test', cluster]]),
    holmesgpt: holmesGptSchema.parse({ url: holmes.url, stream: false }),
    tuning,
  });
  try {
    await run(lab, world);
  } finally {
    await lab.close();
  }
}

test.each<[string, WorkerTuning]>([
  // By an alias of `custom`.
  ['at the limit of its executor', { maxConcurrentActivitiesOf: { generic: SLOTS } }],
  // More than any machine that runs this has left: then only the minimum is begun.
  ['on a machine that is full', { machine: { memory: 0.001, cpu: 0.001, minimum: SLOTS } }],
])('actions that hang %s do not delay those of another executor', (_, tuning) =>
  inLab(tuning, async (lab, world) => {
    const name = `web-${Object.keys(tuning).join('').toLowerCase()}`;
    await createWorkload(namespace, name, { replicas: 1 });
    const hung = () => world.calls.filter((call) => call.startsWith('execute ')).length;
    // Each is previewed before the next one hangs; the third finds no slot for its execute, nor the fourth for its preview.
    const ids: string[] = [];
    for (let number = 1; number <= 4; number++) {
      ids.push((await lab.remediations.start(labPlan([set(`slow${number}`, 1, { fault: 'hang' })]))).id);
      await waitFor(
        async () => hung(),
        (count) => count >= Math.min(number, SLOTS),
        { what: `execute number ${number}` },
      );
    }
    const startedAt = Date.now();
    const target = { kind: 'Deployment', namespace, name };
    const steps = [k8sStep('web', 'scale_deployment', target, { replicas: 2 })];
    const { id } = await lab.remediations.start(labPlan(steps, { cluster: 'test' }));
    expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
    expect((await read('Deployment', name, namespace)).spec).toMatchObject({ replicas: 2 });
    // The hanging ones hold their slots for an hour: whoever waited for them would not be here.
    expect(Date.now() - startedAt).toBeLessThan(60_000);
    expect(hung()).toBe(SLOTS);

    await Promise.all(ids.map((slow) => lab.remediations.abort(slow, { by: 'ann' })));
    const ended = await Promise.all(ids.map((slow) => lab.remediations.result(slow)));
    expect(ended.map(({ outcome }) => outcome)).toEqual(['aborted', 'aborted', 'aborted', 'aborted']);
  }),
);

test('questions that HolmesGPT works on for minutes take no slots from the actions of plans', () =>
  inLab({ maxConcurrentActivitiesOf: { custom: 1 }, maxConcurrentInvestigations: 5 }, async (lab) => {
    holmes.script({ analysis: { analysis: 'late' }, delayMs: 600_000 });
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      const labels = { alertname: 'Slow', namespace, deployment: name };
      await createWorkload(namespace, name, { replicas: 0 });
      const { workflowId, input } = incidentOf(ownerOfAlert(labels, 'test'));
      const now = new Date().toISOString();
      const times = { startsAt: now, received: now, status: 'firing' as const };
      const alert = { fingerprint: alertFingerprint(labels), name: 'Slow', labels, annotations: {}, ...times };
      await lab.client.workflow.signalWithStart(WorkflowType.incident, {
        ...{ workflowId, taskQueue: 'kubernaut', args: [input] },
        ...{ signal: IncidentSignal.alert, signalArgs: [alert] },
      });
      ids.push(workflowId);
    }
    await waitFor(
      async () => holmes.working,
      (working) => working === ids.length,
      { what: 'questions under way', timeout: 60_000 },
    );
    const log = { ...step('say', { action: 'log', params: { message: 'still here' } }), target: undefined };
    const { id } = await lab.remediations.start(labPlan([log]));
    expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
    expect(holmes.working).toBe(ids.length);
    await Promise.all(ids.map((incident) => lab.client.workflow.getHandle(incident).terminate()));
  }));
