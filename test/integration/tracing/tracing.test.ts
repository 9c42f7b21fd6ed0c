import { readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { ActionRegistry } from '../../../activities/registry';
import { environmentSecrets } from '../../../activities/secrets';
import { openTracing, type Tracing } from '../../../activities/tracing/open-tracing';
import { tracingSchema } from '../../../config/sections/tracing';
import { noMeasureSinks } from '../../../workers/measure-sink';
import { workflowSpans } from '../../../workers/traced-worker';
import { testEnvironment, waitFor } from '../../setup';
import { type RunningBridge, startBridge } from '../bridge/running-bridge';
import { IncidentLab } from '../incident/incident-lab';
import { plan, step } from '../../unit/core/world';
import { createWorkload, suffix } from '../kubernetes/fixtures';
import { type ReceivedSpan, startTraceReceiver } from './trace-receiver';

const CANARY = 'c4n4ry-5ecret-0123456789';
const env = { COLLECTOR: `Bearer ${CANARY}` };

let receiver: Awaited<ReturnType<typeof startTraceReceiver>>;
let tracing: Tracing;
let lab: IncidentLab;
let bridge: RunningBridge;

beforeAll(async () => {
  receiver = await startTraceReceiver();
  const settings = { url: receiver.url, headers: { Authorization: { env: 'COLLECTOR' } } };
  tracing = await openTracing(tracingSchema.parse(settings), {
    ...{ service: 'kubernaut-worker', secrets: environmentSecrets(env), warn: () => undefined },
  });
  lab = await IncidentLab.open({ tracing });
  bridge = await startBridge({
    address: testEnvironment().temporalAddress,
    namespace: lab.lab.namespace,
    actions: new ActionRegistry().register(...kubernetesActions),
    ...{ tracing: settings, env },
  });
});
afterAll(async () => {
  await bridge?.stop();
  await lab?.close();
  await tracing?.close();
  await receiver?.close();
});

const trace = (digit: string) => ({ id: digit.repeat(32), header: `00-${digit.repeat(32)}-${'1'.repeat(16)}-01` });

/** From the span up to the one without a parent among those received, by name. */
function lineage(span: ReceivedSpan, spans: readonly ReceivedSpan[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [span.name, ...(parent === undefined ? [] : lineage(parent, spans))];
}

test('one trace from the alert to the API call, whoever approves and however often the run is replayed', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(lab.namespace, name, { replicas: 1 });
  // Not sure enough to be done without a person.
  lab.script(name, { action: 'restart_deployment', parameters: { stableSeconds: 1 }, confidence: 0.6 });
  const [alerted, approved] = [trace('a'), trace('b')];
  const alert = {
    ...{ status: 'firing', startsAt: new Date().toISOString() },
    labels: { alertname: `Crash${suffix()}`, cluster: 'test', namespace: lab.namespace, deployment: name },
    annotations: { summary: `token=${CANARY}` },
  };
  const told = await bridge
    .as('ingest')
    .post('/alerts', { version: '4', alerts: [alert] }, { headers: { traceparent: alerted.header } });
  const incident = `incident/test/${lab.namespace}/Deployment/${name}`;
  expect(told.data.results[0].incident).toBe(incident);
  const { remediation } = await lab.until(incident, (status) => status.remediation !== undefined);
  const { approvals } = await lab.lab.until(remediation!, (status) => status.approvals.length === 1);

  // All that has happened is replayed by the next worker.
  await lab.lab.stopWorker();
  await lab.lab.startWorker();
  const path = `/remediations/${encodeURIComponent(remediation!)}/approve`;
  const headers = { traceparent: approved.header };
  expect((await bridge.as('approve').post(path, { digest: approvals[0]!.digest }, { headers })).status).toBe(200);
  await lab.lab.until(remediation!, ({ phase }) => phase === 'ended');
  await bridge
    .as('ingest')
    .post(
      '/alerts',
      { version: '4', alerts: [{ ...alert, status: 'resolved' }] },
      { headers: { traceparent: approved.header } },
    );
  await lab.lab.client.workflow.getHandle(incident).result();

  // The span of the incident itself is the last to end, and sent some seconds later.
  const spans = await waitFor(
    () => receiver.spans(),
    (all) => all.some((span) => span.name === 'RunWorkflow:incident'),
    { timeout: 30_000, interval: 250, what: 'the span of the incident' },
  );
  const ours = spans.filter(({ traceId }) => traceId === alerted.id);
  const patch = ours.find(
    (span) =>
      span.name === 'patch Deployment' && lineage(span, ours).includes('RunActivity:restart_deployment.execute'),
  )!;
  expect(lineage(patch, ours)).toEqual([
    'patch Deployment',
    'RunActivity:restart_deployment.execute',
    'StartActivity:restart_deployment.execute',
    'Step:restart_deployment',
    'RunWorkflow:remediation',
    'StartChildWorkflow:remediation',
    'RunWorkflow:incident',
    'SignalWithStartWorkflow:incident',
    'POST /api/v1/alerts',
  ]);
  expect(patch.attributes).toMatchObject({
    'http.request.method': 'PATCH',
    'http.response.status_code': 200,
    'kubernaut.call': expect.stringContaining(`${lab.namespace}/${name}`),
  });
  const asked = ours.find((span) => span.name === 'RunActivity:holmesgpt.investigate')!;
  expect(lineage(asked, ours)).toEqual([
    'RunActivity:holmesgpt.investigate',
    'StartActivity:holmesgpt.investigate',
    'RunWorkflow:incident',
    'SignalWithStartWorkflow:incident',
    'POST /api/v1/alerts',
  ]);
  const step = ours.find((span) => span.name === 'Step:restart_deployment')!;
  expect(step.attributes).toMatchObject({
    'kubernaut.step': 'primary',
    'kubernaut.operation': `${remediation}/primary`,
  });
  for (const phase of ['validate', 'execute', 'verify']) {
    const inStep = ours.filter(({ parentSpanId }) => parentSpanId === step.spanId);
    expect(inStep.map((span) => span.name)).toContain(`StartActivity:restart_deployment.${phase}`);
  }
  expect(BigInt(step.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(step.startTimeUnixNano));

  // The approval has a trace of its own, which ends at the message.
  const others = spans.filter(({ traceId }) => traceId === approved.id);
  expect(others.map((span) => span.name)).toEqual(
    expect.arrayContaining(['POST /api/v1/remediations/:id/approve', expect.stringMatching(/Update:approve$/)]),
  );
  expect(others.filter((span) => /RunActivity|RunWorkflow/.test(span.name))).toEqual([]);

  // Once each: neither the replay nor a query made one anew.
  const ids = spans.map(({ spanId }) => spanId);
  expect(ids.filter((id, index) => ids.indexOf(id) < index)).toEqual([]);
  for (const once of ['RunWorkflow:incident', 'RunWorkflow:remediation', 'StartActivity:holmesgpt.investigate']) {
    expect([once, ours.filter((span) => span.name === once).length]).toEqual([once, 1]);
  }
  expect(new Set(ours.map(({ service }) => service))).toEqual(new Set(['kubernaut-bridge', 'kubernaut-worker']));

  // Nothing of what an alert, a memo or a header holds.
  expect(receiver.bodies.join('\n')).not.toContain(CANARY);
  expect(receiver.bodies.join('\n')).not.toContain('KubernautPlanHash');
  expect(new Set(receiver.authorizations)).toEqual(new Set([`Bearer ${CANARY}`]));

  // What a traced worker has recorded, any worker replays.
  const sinks = { ...noMeasureSinks, ...workflowSpans(undefined) };
  const code = readFileSync(testEnvironment().workflowBundlePath!, 'utf8');
  for (const id of [incident, remediation!]) {
    const history = await lab.lab.client.workflow.getHandle(id).fetchHistory();
    await expect(Worker.runReplayHistory({ workflowBundle: { code }, sinks }, history, id)).resolves.toBeUndefined();
  }
});

test('a run that was started without a trace has no spans, in a worker that traces', async () => {
  const made = plan([{ ...step('note', { action: 'log', params: { message: 'hello' } }), target: undefined }]);
  const { id } = await lab.lab.remediations.start({
    ...made,
    metadata: { ...made.metadata, name: `note-${suffix()}` },
  });
  expect((await lab.lab.remediations.result(id)).outcome).toBe('succeeded');
  await tracing.processor.forceFlush();
  expect(receiver.bodies.join('\n')).not.toContain(id);
});
