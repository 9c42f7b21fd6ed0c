import { join } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import axios from 'axios';
import { checkMonitoring } from '../../../client/cli/doctor/check-monitoring';
import { monitoringSchema } from '../../../config/sections/monitoring';
import { incidentOf, IncidentSignal } from '../../../plan/incident';
import { IncidentActivity, IncidentQuery } from '../../../plan/incident/names';
import { clusterTaskQueue } from '../../../plan/task-queues';
import { testEnvironment } from '../../setup/environment';
import { waitFor } from '../../setup/wait-for';
import { startScriptedHolmesGpt } from '../../../tools/holmesgpt/scripted-holmesgpt';
import { rollBack, said, scope } from '../../unit/holmesgpt/answers';
import { difference, meter, MeteredWorker, meterPlan } from './metered-worker';

const CANARY = 'c4n4ry-5ecret';

const of = (phase: string, result: string) =>
  `action_results_total{action="meter",executor="custom",phase="${phase}",result="${result}",cluster="c"}`;
const attempts = (phase: string) =>
  `action_attempts_total{action="meter",executor="custom",cluster="c",phase="${phase}"}`;
const durations = (phase: string, result: string) =>
  `action_duration_seconds_count{action="meter",executor="custom",cluster="c",phase="${phase}",result="${result}"}`;
const ended = (outcome: string) => `remediation_duration_seconds_count{outcome="${outcome}",dry_run="false"}`;

describe.each([
  ['with runs kept in memory', 100],
  ['replaying every workflow task from the start', 0],
])('A worker %s', (_name, cachedWorkflows) => {
  let worker: MeteredWorker;
  beforeAll(async () => {
    worker = await MeteredWorker.start({ cachedWorkflows });
  });
  afterAll(() => worker?.close());

  test('counts results once and attempts one by one, for a plan with retries and a rollback', async () => {
    const before = await worker.read();
    const steps = [meter('a', { failures: 2, secret: CANARY }), meter('b', { fault: 'refute' }, { dependsOn: ['a'] })];
    const id = await worker.run(meterPlan(steps));
    // Each query makes a run that is not in memory replay its whole history.
    for (let n = 0; n < 3; n++) await worker.remediations.status(id);
    const { ['action_queue_wait_seconds_count{executor="custom",cluster="c"}']: waits, ...changes } = difference(
      before,
      await worker.read(),
    );
    expect(changes).toEqual({
      [attempts('validate')]: 2,
      [attempts('execute')]: 4,
      [attempts('verify')]: 2,
      [attempts('rollback')]: 2,
      [durations('validate', 'ok')]: 2,
      [durations('execute', 'ok')]: 2,
      [durations('execute', 'UNAVAILABLE')]: 2,
      [durations('verify', 'ok')]: 1,
      [durations('verify', 'unverified')]: 1,
      [durations('rollback', 'ok')]: 2,
      [of('validate', 'ok')]: 2,
      [of('execute', 'ok')]: 2,
      [of('verify', 'ok')]: 1,
      [of('verify', 'unverified')]: 1,
      [of('rollback', 'ok')]: 2,
      ['guard_wait_seconds_count{guard="cluster",answer="granted"}']: 1,
      ['policy_decisions_total{subject="plan",verdict="allow",mode="auto"}']: 1,
      ['remediations_started_total{dry_run="false"}']: 1,
      [ended('rolled_back')]: 1,
    });
    expect(waits).toBe(10);
  });

  test('counts what is refused before anything is changed: plans that are not valid, and steps', async () => {
    const before = await worker.read();
    await worker.run(meterPlan([meter('a', { fault: 'validate' })]));
    const invalid = { ...meterPlan([meter('a')]), kind: 'Something' };
    await worker.client.workflow
      .execute('remediation', {
        taskQueue: 'kubernaut',
        workflowId: `invalid-${cachedWorkflows}`,
        args: [{ plan: invalid }],
      })
      .catch(() => undefined);
    expect(difference(before, await worker.read())).toMatchObject({
      ['validation_failures_total{subject="step",code="PRECONDITION_FAILED"}']: 1,
      ['validation_failures_total{subject="plan",code="PLAN_INVALID"}']: 1,
      [ended('blocked')]: 1,
      ['remediations_started_total{dry_run="false"}']: 1,
    });
  });

  test('knows how many remediations wait for a person, and how long the answer took', async () => {
    const before = await worker.read();
    const approval = { required: true, deadline: '60m', remindEvery: '15m' };
    const { id } = await worker.remediations.start(meterPlan([meter('a', { fault: 'rollback' })], { approval }));
    const { approvals } = await waitFor(
      () => worker.remediations.status(id),
      (status) => status.approvals.length === 1,
      { timeout: 30_000 },
    );
    // Visibility is a little behind, and the figure is read at most every 10 s.
    await waitFor(
      () => worker.read(),
      (reading) =>
        reading.get('kubernaut_approvals_pending{state="awaiting_approval"}') === 1 &&
        reading.get('kubernaut_remediations_open') === 1,
      { timeout: 40_000, interval: 500 },
    );
    await worker.remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });
    await worker.remediations.result(id);
    const after = await worker.read();
    expect(difference(before, after)).toMatchObject({
      ['approvals_requested_total{subject="plan"}']: 1,
      ['approval_wait_seconds_count{subject="plan",decision="approved"}']: 1,
      [ended('succeeded')]: 1,
    });
    const sum = 'kubernaut_approval_wait_seconds_sum{subject="plan",decision="approved"}';
    expect(after.get(sum)! - (before.get(sum) ?? 0)).toBeGreaterThan(0);
  });

  test('counts an incident by its outcome as soon as it has one, and once, whatever comes after', async () => {
    const before = await worker.read();
    const owner = { cluster: 'c', kind: 'Deployment', namespace: 'shop', name: `web-${cachedWorkflows}` };
    const { workflowId, input } = incidentOf(owner);
    const connection = await NativeConnection.connect({ address: testEnvironment().temporalAddress });
    // Nobody serves this cluster here, and an incident would wait half a minute for its worker.
    const cluster = await Worker.create({
      connection,
      namespace: worker.client.options.namespace,
      taskQueue: clusterTaskQueue('c', 'kubernetes'),
      activities: { [IncidentActivity.owner]: () => Promise.resolve({ owner, objects: [], notes: [] }) },
    });
    const counted = async () =>
      Object.entries(difference(before, await worker.read())).filter(([name]) => name.startsWith('incident'));
    await cluster.runUntil(async () => {
      const handle = await worker.client.workflow.signalWithStart('incident', {
        ...{ workflowId, taskQueue: 'kubernaut', args: [input] },
        ...{ signal: IncidentSignal.abort, signalArgs: [{ by: 'ann', reason: 'a test' }] },
      });
      await waitFor(counted, (found) => found.length > 0, { timeout: 60_000, what: 'the count' });
      // It stays open for a while; each of these is one more workflow task of it.
      for (let n = 0; n < 3; n++) {
        await handle.signal(IncidentSignal.abort, { by: 'ann' });
        await handle.query(IncidentQuery.status);
      }
      await handle.terminate();
    });
    await connection.close();
    expect(await counted()).toEqual([['incident_duration_seconds_count{outcome="aborted"}', 1]]);
  });

  test('tells how deep its queue is and which components are ready, and none of its actions stays under way', async () => {
    const reading = await worker.read();
    expect(reading.get('kubernaut_task_queue_backlog{task_queue="kubernaut",kind="workflow"}')).toBe(0);
    expect(reading.get('kubernaut_task_queue_backlog_age_seconds{task_queue="kubernaut",kind="activity"}')).toBe(0);
    expect(reading.get('kubernaut_component_ready{component="temporal"}')).toBe(1);
    expect(reading.get('kubernaut_component_ready{component="policies"}')).toBe(1);
    const active = [...reading].filter(([series]) => series.startsWith('kubernaut_actions_active'));
    expect(active.length).toBeGreaterThan(0);
    expect(active.every(([, value]) => value === 0)).toBe(true);
  });

  test('says workflow, step and operation in every line of a step, and no secret anywhere', async () => {
    const { lines } = MeteredWorker;
    const phases = lines.filter(({ activity }) => /^meter\.(validate|execute|verify|rollback)$/.test(String(activity)));
    const own = phases.filter(({ component, msg }) => component !== 'worker' || !String(msg).startsWith('Activity'));
    expect(own.length).toBeGreaterThan(10);
    for (const line of own) {
      expect(line).toMatchObject({
        workflow: expect.stringMatching(/^remediation\/meter-/),
        step: expect.any(String),
        operation: expect.stringMatching(/^remediation\/meter-.*\/[ab]$/),
        attempt: expect.any(Number),
      });
    }
    expect(lines.filter(({ note }) => String(note).startsWith('attempt')).length).toBeGreaterThan(2);
    expect(JSON.stringify(lines)).not.toContain(CANARY);
    expect(await worker.text()).not.toContain(CANARY);
  });
});

test('doctor asks the monitoring of a cluster, and says what to do when it does not answer', async () => {
  const { prometheusUrl } = testEnvironment().monitoring ?? {};
  const monitoring = monitoringSchema.parse({
    alertmanager: { url: 'http://127.0.0.1:1' },
    ...(prometheusUrl && { prometheus: { url: prometheusUrl } }),
  });
  expect(await checkMonitoring({ name: 'prod', monitoring })).toEqual([
    {
      check: 'alertmanager of prod',
      state: 'failed',
      reason: expect.stringContaining('alertmanager'),
      remedy: 'Is it running, and is clusters[].monitoring.alertmanager.url right?',
    },
    ...(prometheusUrl ? [{ check: 'prometheus of prod', state: 'ok', reason: `${prometheusUrl} answers` }] : []),
  ]);
});

test('a HolmesGPT or a monitoring that is away is named as not ready, and does not make the worker unready', async () => {
  const { kubeconfig, context } = testEnvironment();
  const worker = await MeteredWorker.start({
    holmesgpt: { url: 'http://127.0.0.1:1' },
    clusters: [{ name: 'prod', kubeconfig, context, monitoring: { alertmanager: { url: 'http://127.0.0.1:1' } } }],
  });
  try {
    const { status, data } = await axios.get<{ components: object[] }>(`${worker.url}/readyz`, { proxy: false });
    expect(status).toBe(200);
    for (const component of ['holmesgpt', 'alertmanager of prod']) {
      const away = { component, required: false, ready: false, reason: expect.stringMatching(/./) };
      expect(data.components).toContainEqual(away);
    }
    expect((await worker.read()).get('kubernaut_component_ready{component="holmesgpt"}')).toBe(0);
  } finally {
    await worker.close();
  }
});

test('counts each question to HolmesGPT with its result, and how long it took', async () => {
  const holmes = await startScriptedHolmesGpt();
  const worker = await MeteredWorker.start({ holmesgpt: { url: holmes.url } });
  const connection = await NativeConnection.connect({ address: testEnvironment().temporalAddress });
  try {
    const caller = await Worker.create({
      connection,
      namespace: worker.client.options.namespace,
      taskQueue: 'caller',
      workflowsPath: join(__dirname, 'asking-workflow.ts'),
    });
    holmes.script({ status: 500, detail: 'no' }, { analysis: said([rollBack]), tools: [{ name: 'kubectl_describe' }] });
    const before = await worker.read();
    const input = { incident: 'incident/x', summary: 's', alerts: [{ name: 'A', labels: {} }], scope };
    await caller.runUntil(
      worker.client.workflow.execute('ask', { taskQueue: 'caller', workflowId: 'ask', args: [input] }),
    );
    const series = 'holmesgpt_request_duration_seconds_count';
    expect(difference(before, await worker.read())).toEqual({
      [`${series}{question="investigate",result="HOLMES_FAILED"}`]: 1,
      [`${series}{question="investigate",result="ok"}`]: 1,
    });
    expect((await worker.read()).get('kubernaut_component_ready{component="holmesgpt"}')).toBe(1);
  } finally {
    await worker.close();
    await connection.close();
    await holmes.close();
  }
});
