import type { ConnectedCluster } from '../../../activities/cluster/connect';
import type { KubeObject } from '../../../activities/cluster/cluster';
import { monitoringActions } from '../../../activities/executors/monitoring';
import { monitoringSchema } from '../../../config/sections/monitoring';
import type { JsonObject } from '../../../plan/json';
import { installCrds } from '../../../tools/conformance/crds';
import { createNamespace, kubectl, kubectlJson, testEnvironment } from '../../setup';
import { runAction, type RunOptions } from '../kubernetes/action-context';
import { apply, codeOf, connectTestCluster, createWorkload, storedWrites, suffix } from '../kubernetes/fixtures';
import { startScrapeOperator, type ScrapeOperator } from './scrape-operator';

const API = 'monitoring.coreos.com/v1';
const app = 'shop';
let cluster: ConnectedCluster;
let namespace: string;
let operator: ScrapeOperator | undefined;
beforeAll(async () => {
  await installCrds(testEnvironment(), ['servicemonitors', 'podmonitors', 'probes']);
  cluster = connectTestCluster();
  namespace = await createNamespace('scrapes');
  operator = await startScrapeOperator(cluster, namespace);
  await createWorkload(namespace, app, {
    replicas: 1,
    container: { ports: [{ name: 'metrics', containerPort: 8080 }, { containerPort: 9 }] },
  });
  await apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: app, labels: { app } },
    spec: { selector: { app }, ports: [{ name: 'http', port: 80 }, ...[{ name: 'metrics', port: 8080 }]] },
  });
});
afterAll(async () => {
  await operator?.stop();
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const run = (target: { kind: string; name: string }, params: JsonObject, more: Partial<RunOptions> = {}) =>
  runAction({
    ...{ cluster, action: 'configure_monitoring', actions: monitoringActions },
    ...{ target: { namespace, ...target }, params, ...more },
  });
const watched = () => ({ settings: { monitoring: monitoringSchema.parse({ prometheus: { url: operator!.url } }) } });

async function monitor(kind = 'ServiceMonitor', spec?: JsonObject): Promise<{ kind: string; name: string }> {
  const name = `monitor-${suffix()}`;
  const list = kind === 'ServiceMonitor' ? 'endpoints' : 'podMetricsEndpoints';
  const selector = { matchLabels: { app } };
  const made = spec ?? { selector, [list]: [{ port: 'metrics', path: '/old', interval: '2s' }] };
  await apply({ apiVersion: API, kind, metadata: { namespace, name }, spec: made });
  return { kind, name };
}
const specOf = async ({ kind, name }: { kind: string; name: string }) =>
  (await kubectlJson<KubeObject & Record<string, unknown>>(['get', kind, name, '-n', namespace])).spec!;
const edit = ({ kind, name }: { kind: string; name: string }, patch: object[]) =>
  kubectl(['patch', kind, name, '-n', namespace, '--type=json', '-p', JSON.stringify(patch)]);

describe.each([
  ['ServiceMonitor', 'servicemonitors', 'endpoints'],
  ['PodMonitor', 'podmonitors', 'podMetricsEndpoints'],
])('%s', (kind, resource, list) => {
  test('one that is not there is created once, scraped by Prometheus, and deleted by the undo', async () => {
    const target = { kind, name: `monitor-${suffix()}` };
    const params = { port: 'metrics', interval: '1s', matchLabels: { app }, labels: { release: 'prometheus' } };
    const step = run(target, params, watched());
    const validation = await step.validate();
    expect(validation).toMatchObject({ noEffect: false, warnings: [], diff: [{ path: '' }] });
    expect(await kubectl(['get', kind, target.name, '-n', namespace, '--ignore-not-found'])).toBe('');
    const effect = await step.execute(validation);
    expect(effect).toMatchObject({ changed: true, data: { created: true } });
    expect(await step.execute(validation, 2)).toEqual(effect);
    const made = await kubectlJson<KubeObject & Record<string, unknown>>(['get', kind, target.name, '-n', namespace]);
    expect(made).toMatchObject({
      metadata: { uid: effect.data.uid, labels: { release: 'prometheus' } },
      spec: { selector: { matchLabels: { app } }, [list]: [{ port: 'metrics', interval: '1s' }] },
    });
    expect(await step.verify(validation, effect)).toMatchObject({
      verified: true,
      data: { pool: expect.stringContaining(`/${namespace}/${target.name}/0`), targets: 1, up: 1 },
    });
    expect(await step.rollback(validation, effect)).toMatchObject({ changed: true });
    expect(await kubectl(['get', kind, target.name, '-n', namespace, '--ignore-not-found'])).toBe('');
    expect(await step.rollback(validation)).toMatchObject({ changed: false });
    expect(await storedWrites({ resource, name: target.name, namespace })).toHaveLength(2);
  });

  test('an endpoint of another port is added beside the others and taken away again', async () => {
    const target = await monitor(kind, {
      selector: { matchLabels: { app } },
      [list]: [{ port: 'http', path: '/old' }],
    });
    const before = await specOf(target);
    const step = run(target, { port: 'metrics', interval: '1s' }, watched());
    const validation = await step.validate();
    expect(validation.diff).toMatchObject([{ path: `/spec/${list}/1`, after: { port: 'metrics' } }]);
    const effect = await step.execute(validation);
    expect(await specOf(target)).toMatchObject({ [list]: [{ port: 'http', path: '/old' }, { port: 'metrics' }] });
    expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
    await step.rollback(validation);
    expect(await specOf(target)).toEqual(before);
  });
});

test('with a Prometheus, true only when it scrapes so: another path, then one that does not answer', async () => {
  const target = await monitor();
  const right = run(target, { port: 'metrics', path: '/metrics', interval: '1s' }, watched());
  const validation = await right.validate();
  const effect = await right.execute(validation);
  expect(await right.verify(validation, effect)).toMatchObject({ verified: true });
  const wrong = run(target, { port: 'metrics', path: '/nothing-here' }, { ...watched(), deadlineMs: 5_000 });
  const broken = await wrong.validate();
  const broke = await wrong.execute(broken);
  await operator!.notFound(`serviceMonitor/${namespace}/${target.name}/0`);
  expect(await wrong.verify(broken, broke)).toMatchObject({
    verified: false,
    summary: expect.stringMatching(/is up: .*404/),
  });
  const tried = run(target, { port: 'metrics', path: '/nothing-here', requireUp: false }, watched());
  expect(await tried.verify(broken, effect)).toMatchObject({ verified: true, data: { up: 0, targets: 1 } });
  // Nobody needs to wait for what cannot come any more.
  await edit(target, [{ op: 'replace', path: '/spec/endpoints/0/path', value: '/theirs' }]);
  expect(await wrong.verify(broken, effect)).toMatchObject({
    verified: false,
    summary: expect.stringContaining('kubectl'),
  });
});

test('without a Prometheus the preview names what its operator goes by, and the evidence what was not seen', async () => {
  const step = run(await monitor(), { port: 'metrics', path: '/metrics' });
  const validation = await step.validate();
  expect(validation.warnings.join()).toContain('serviceMonitorSelector');
  const evidence = await step.verify(validation, await step.execute(validation));
  expect(evidence).toMatchObject({ verified: true, summary: expect.stringContaining('was not looked at') });
});

test('selector and labels are changed, and one that is created by somebody else meanwhile is left alone', async () => {
  const target = await monitor('ServiceMonitor', { selector: { matchLabels: { app: 'old' } }, endpoints: [] });
  const before = await specOf(target);
  const step = run(target, { port: 'http', matchLabels: { app }, labels: { release: 'p' } });
  const validation = await step.validate();
  await step.execute(validation);
  expect(await specOf(target)).toMatchObject({ selector: { matchLabels: { app } }, endpoints: [{ port: 'http' }] });
  await step.rollback(validation);
  expect(await specOf(target)).toEqual(before);

  const absent = { kind: 'ServiceMonitor', name: `monitor-${suffix()}` };
  const params = { port: 'http', matchLabels: { app } };
  const create = run(absent, params);
  const planned = await create.validate();
  const spec = { selector: { matchLabels: { app } }, endpoints: [{ port: 'http' }] };
  await apply({ apiVersion: API, kind: absent.kind, metadata: { namespace, name: absent.name }, spec });
  expect(await codeOf(create.execute(planned))).toMatchObject({ code: 'TARGET_CHANGED' });
  expect(await create.rollback(planned)).toMatchObject({ changed: false });
  expect(await run(absent, params).validate()).toMatchObject({ noEffect: true });

  const ours = { kind: 'ServiceMonitor', name: `monitor-${suffix()}` };
  const made = run(ours, params);
  const creation = await made.validate();
  const effect = await made.execute(creation);
  await edit(ours, [{ op: 'add', path: '/spec/endpoints/0/path', value: '/theirs' }]);
  expect(await made.verify(creation, effect)).toMatchObject({ verified: false });
  expect(await codeOf(made.rollback(creation, effect))).toMatchObject({ code: 'UNDO_CONFLICT' });
});

test.each<[string, string, JsonObject, string, string]>([
  ['no port', 'ServiceMonitor', {}, 'PARAMS_INVALID', '/port'],
  ['a path that is none', 'PodMonitor', { port: 'x', path: 'x' }, 'PARAMS_INVALID', 'must begin with /'],
  ['an interval that is none', 'PodMonitor', { port: 'x', interval: '1 minute' }, 'PARAMS_INVALID', 'such as 30s'],
  ['an interval of nothing', 'PodMonitor', { port: 'x', interval: '0s' }, 'PARAMS_INVALID', 'at least 1s'],
  ['labels that are none', 'PodMonitor', { port: 'x', labels: { 'a b': 'c' } }, 'PARAMS_INVALID', 'label'],
  [
    'a port that no Service has',
    'ServiceMonitor',
    { port: 'grpc' },
    'PRECONDITION_FAILED',
    'named ports: http, metrics',
  ],
  ['a port that no pod has', 'PodMonitor', { port: 'grpc' }, 'PRECONDITION_FAILED', 'named ports: metrics'],
  [
    'labels that nothing has, and a timeout above the interval',
    'ServiceMonitor',
    { port: 'metrics', scrapeTimeout: '5s', matchLabels: { app: 'nope' } },
    'PRECONDITION_FAILED',
    'its timeout of 5s is longer than its interval of 2s; there is no Service in',
  ],
])('refuses %s', async (_, kind, params, code, words) => {
  const refusal = await codeOf(run(await monitor(kind), params).validate());
  expect(refusal).toMatchObject({ code, message: expect.stringContaining(words) });
});

test('two endpoints of one port cannot be told apart; a missing monitor says what creating it takes', async () => {
  const endpoints: JsonObject[] = [{ port: 'http' }, { port: 'http', path: '/more' }];
  const target = await monitor('ServiceMonitor', { selector: { matchLabels: { app } }, endpoints });
  const ambiguous = await codeOf(run(target, { port: 'http', path: '/x' }).validate());
  expect(ambiguous).toMatchObject({ code: 'PRECONDITION_FAILED', message: expect.stringContaining('2 endpoints') });
  const missing = await codeOf(run({ kind: 'PodMonitor', name: 'not-there' }, { port: 'http' }).validate());
  expect(missing).toMatchObject({ code: 'TARGET_NOT_FOUND', message: expect.stringContaining('matchLabels') });
});
