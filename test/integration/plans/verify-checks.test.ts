import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { monitoringActions } from '../../../activities/executors/monitoring';
import { defaultActionSettings } from '../../../config/action-settings';
import { createNamespace } from '../../setup';
import type { StepVerify } from '../../../plan/model';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { createWorkload, read, suffix } from '../kubernetes/fixtures';
import { openMonitoringLab, type MonitoringLab } from '../monitoring/monitoring-lab';

let monitoring: MonitoringLab;
let lab: Lab;
let namespace: string;

beforeAll(async () => {
  monitoring = await openMonitoringLab();
  lab = await Lab.open({
    actions: [...kubernetesActions, ...monitoringActions],
    clusters: new Map([['test', monitoring.cluster]]),
    settingsFor: () => ({ ...defaultActionSettings, monitoring: monitoring.settings() }),
  });
  namespace = await createNamespace('checks');
});
afterAll(async () => {
  await lab?.close();
  await monitoring?.close();
});

/** A Deployment of two replicas that a plan scales to three, with these conditions. */
async function scaleWith(app: string, verify: StepVerify, hold: { timeout?: string } = {}) {
  await createWorkload(namespace, app, { replicas: 2 });
  const target = { kind: 'Deployment', namespace, name: app };
  const step = k8sStep('scale', 'scale_deployment', target, { replicas: 3 }, { verify, timeout: '1m', ...hold });
  const { id } = await lab.remediations.start(labPlan([step], { cluster: 'test' }));
  return { id, result: () => lab.remediations.result(id) };
}

const replicasOf = async (app: string) => (await read('Deployment', app, namespace)).spec?.['replicas'];

test('a metric that does not come below its bound fails the step, and the replicas are as before', async () => {
  const run = await scaleWith('stuck', { checks: [{ query: 'vector(7)', below: 5, within: '1s', every: '500ms' }] });
  const result = await run.result();
  expect(result).toMatchObject({
    outcome: 'rolled_back',
    undone: ['scale'],
    steps: [
      { error: { code: 'VERIFICATION_FAILED', message: expect.stringContaining('vector(7) is 7, not below 5') } },
    ],
  });
  expect(await replicasOf('stuck')).toBe(2);
});

test('a metric inside its bound for long enough is evidence, named in result, preview and audit', async () => {
  const check = { query: 'up{job="prometheus"}', above: 0, for: '1s', every: '500ms' };
  const run = await scaleWith('well', { checks: [check] });
  const result = await run.result();
  expect(result).toMatchObject({
    outcome: 'succeeded',
    steps: [{ checks: [{ evidence: { verified: true, data: { value: 1 } } }] }],
  });
  expect(await replicasOf('well')).toBe(3);
  const { steps } = await lab.remediations.preview(run.id);
  expect(steps[0]!.checks).toEqual(['query_metric: up{job="prometheus"} above 0 for 1s (now: 1)']);
  const facts = await lab.remediations.facts(run.id);
  expect(facts.find(({ what }) => what === 'checked')?.detail).toContain('for 1s');
});

test('an alert that still fires fails the step; once it has resolved, the same step succeeds', async () => {
  const alertname = `Slow${suffix()}`;
  await monitoring.fire({ alertname, service: 'web' });
  const alertResolved = { alertname, within: '1s', every: '500ms' };
  const firing = await scaleWith('firing', { checks: [{ alertResolved }] });
  expect(await firing.result()).toMatchObject({ outcome: 'rolled_back', undone: ['scale'] });
  expect(await replicasOf('firing')).toBe(2);

  const waiting = await scaleWith('resolving', { checks: [{ alertResolved: { ...alertResolved, within: '30s' } }] });
  await lab.until(waiting.id, ({ steps }) => steps[0]!.status === 'verifying');
  await monitoring.fire({ alertname, service: 'web' }, -1);
  expect(await waiting.result()).toMatchObject({
    outcome: 'succeeded',
    steps: [{ checks: [{ evidence: { verified: true, data: { firing: 0 } } }] }],
  });
  expect(await replicasOf('resolving')).toBe(3);
});

test('a bound that an earlier step measured is filled in when the turn of the step has come', async () => {
  await createWorkload(namespace, 'measured', { replicas: 2 });
  const target = { kind: 'Deployment', namespace, name: 'measured' };
  const before = {
    ...k8sStep('before', 'query_metric', target, { query: 'vector(7)', above: 0 }),
    target: undefined,
  };
  const below = '${{ steps.before.evidence.value + 1.0 }}';
  const scale = k8sStep(
    'scale',
    'scale_deployment',
    target,
    { replicas: 3 },
    { dependsOn: ['before'], verify: { checks: [{ query: 'vector(7)', below }] } },
  );
  const { id } = await lab.remediations.start(labPlan([before, scale], { cluster: 'test' }));
  const result = await lab.remediations.result(id);
  expect(result).toMatchObject({
    outcome: 'succeeded',
    steps: [{}, { checks: [{ evidence: { summary: 'vector(7) is 7, as below 8' } }] }],
  });
});

test('a condition that outlasts the step ends with it, and what was done is undone', async () => {
  const run = await scaleWith('late', { timeout: '3s', checks: [{ query: 'vector(7)', below: 5, every: '500ms' }] });
  expect(await run.result()).toMatchObject({ outcome: 'rolled_back', undone: ['scale'] });
  expect(await replicasOf('late')).toBe(2);
});

test('an abort ends a condition that is being waited for', async () => {
  const run = await scaleWith('aborted', { checks: [{ query: 'vector(7)', below: 5 }] });
  await lab.until(run.id, ({ steps }) => steps[0]!.status === 'verifying' && steps[0]!.detail !== undefined);
  await lab.remediations.abort(run.id, { by: 'ann' });
  expect(await run.result()).toMatchObject({ outcome: 'aborted', undone: ['scale'] });
  expect(await replicasOf('aborted')).toBe(2);
});

test('a plan with conditions that nobody can look at is blocked before anything is changed', async () => {
  const bad = await scaleWith('matrix', { checks: [{ query: 'up[1m]', above: 0 }] });
  expect(await bad.result()).toMatchObject({
    outcome: 'blocked',
    problems: [{ message: expect.stringContaining('condition 1 of verify (up[1m] above 0)') }],
  });
  expect(await replicasOf('matrix')).toBe(2);
});
