import type { ConnectedCluster } from '../../../activities/cluster/connect';
import type { KubeObject } from '../../../activities/cluster/cluster';
import { monitoringActions } from '../../../activities/executors/monitoring';
import { monitoringSchema } from '../../../config/sections/monitoring';
import type { JsonObject } from '../../../plan/json';
import { installCrds } from '../../../tools/conformance/crds';
import { createNamespace, kubectl, kubectlJson, testEnvironment } from '../../setup';
import { runAction, type RunOptions } from '../kubernetes/action-context';
import { apply, codeOf, connectTestCluster, suffix } from '../kubernetes/fixtures';
import { startScrapeOperator, type ScrapeOperator } from './scrape-operator';

const API = 'monitoring.coreos.com/v1';
let cluster: ConnectedCluster;
let namespace: string;
let operator: ScrapeOperator | undefined;
beforeAll(async () => {
  await installCrds(testEnvironment(), ['servicemonitors', 'podmonitors', 'probes']);
  cluster = connectTestCluster();
  namespace = await createNamespace('outside-probes');
  operator = await startScrapeOperator(cluster, namespace);
});
afterAll(async () => {
  await operator?.stop();
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const run = (name: string, params: JsonObject, more: Partial<RunOptions> = {}) =>
  runAction({
    ...{ cluster, action: 'configure_health_check', actions: monitoringActions },
    ...{ target: { kind: 'Probe', namespace, name }, params, ...more },
  });
const watched = () => ({ settings: { monitoring: monitoringSchema.parse({ prometheus: { url: operator!.url } }) } });
/** There is no blackbox exporter here: Prometheus itself answers as a prober would, on /metrics alone. */
const prober = () => ({ url: new URL(operator!.url).host, path: '/metrics' });
const targets = (...urls: string[]) => ({ targets: { staticConfig: { static: urls } } });

async function probe(spec: JsonObject = {}): Promise<string> {
  const name = `probe-${suffix()}`;
  const made = { prober: prober(), ...targets('https://old.example.com'), interval: '2s', ...spec };
  await apply({ apiVersion: API, kind: 'Probe', metadata: { namespace, name }, spec: made });
  return name;
}
const specOf = async (name: string) =>
  (await kubectlJson<KubeObject & Record<string, unknown>>(['get', 'probe', name, '-n', namespace])).spec!;
const edit = (name: string, spec: object) =>
  kubectl(['patch', 'probe', name, '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })]);

describe('a Probe', () => {
  test('what others change of it before is not overwritten, nor is what they change afterwards', async () => {
    const name = await probe();
    const step = run(name, { probe: { module: 'http_2xx', targets: ['https://new.example.com'] } });
    const stale = await step.validate();
    await edit(name, targets('https://theirs.example.com'));
    expect(await codeOf(step.execute(stale))).toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await specOf(name)).toMatchObject(targets('https://theirs.example.com'));
    const validation = await step.validate();
    const effect = await step.execute(validation);
    expect(await specOf(name)).toMatchObject(targets('https://new.example.com'));
    await edit(name, targets('https://later.example.com'));
    const conflict = await codeOf(step.rollback(validation, effect));
    expect(conflict).toMatchObject({ code: 'UNDO_CONFLICT', message: expect.stringContaining('kubectl') });
    expect(await specOf(name)).toMatchObject(targets('https://later.example.com'));
  });

  test('one that is not there is created once, asked by Prometheus, and deleted by the undo', async () => {
    const name = `probe-${suffix()}`;
    const wanted = { targets: ['https://a.example.com', 'https://b.example.com'], module: 'http_2xx', interval: '1s' };
    const step = run(name, { probe: { ...wanted, prober: prober(), labels: { release: 'p' } } }, watched());
    const validation = await step.validate();
    expect(validation).toMatchObject({ noEffect: false, warnings: [] });
    expect(await kubectl(['get', 'probe', name, '-n', namespace, '--ignore-not-found'])).toBe('');
    const effect = await step.execute(validation);
    expect(await step.execute(validation, 2)).toEqual(effect);
    expect(await specOf(name)).toMatchObject({ ...targets(...wanted.targets), module: 'http_2xx', interval: '1s' });
    expect(await step.verify(validation, effect)).toMatchObject({
      verified: true,
      data: { pool: `probe/${namespace}/${name}`, targets: 2, up: 2 },
    });
    expect(await step.rollback(validation)).toMatchObject({ changed: true });
    expect(await kubectl(['get', 'probe', name, '-n', namespace, '--ignore-not-found'])).toBe('');
    expect(await step.rollback(validation, effect)).toMatchObject({ changed: false });
  });

  test('with a Prometheus, true only when it asks the prober so', async () => {
    const name = await probe();
    const step = run(name, { probe: { module: 'tcp', interval: '1s', targets: ['db.example.com:5432'] } }, watched());
    const validation = await step.validate();
    const effect = await step.execute(validation);
    expect(await step.verify(validation, effect)).toMatchObject({ verified: true, data: { targets: 1, up: 1 } });
    const nowhere = { probe: { prober: { url: prober().url, path: '/no-prober' } } };
    const broken = run(name, nowhere, { ...watched(), deadlineMs: 5_000 });
    const breaking = await broken.validate();
    const broke = await broken.execute(breaking);
    await operator!.notFound(`probe/${namespace}/${name}`);
    expect(await broken.verify(breaking, broke)).toMatchObject({
      verified: false,
      summary: expect.stringMatching(/is up: .*404/),
    });
    await broken.rollback(breaking);
    expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  });

  test.each<[string, JsonObject, string, string]>([
    ['nothing at all', { probe: {} }, 'PARAMS_INVALID', 'says nothing'],
    ['credentials in a target', { probe: { targets: ['https://a:b@c'] } }, 'PARAMS_INVALID', 'credentials'],
    ['a target twice', { probe: { targets: ['a', 'a'] } }, 'PARAMS_INVALID', 'twice'],
    ['a prober with a scheme', { probe: { prober: { url: 'http://b:1' } } }, 'PARAMS_INVALID', 'host:port'],
    ['probes of containers', { readiness: { tcpSocket: { port: 1 } } }, 'PRECONDITION_FAILED', 'readiness: only for a'],
    ['a timeout above the interval', { probe: { scrapeTimeout: '3s' } }, 'PRECONDITION_FAILED', 'longer than'],
  ])('refuses %s', async (_, params, code, words) => {
    const refusal = await codeOf(run(await probe(), params).validate());
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  test('its own params are refused on a workload, fixed targets beside Ingresses, and creating without a prober', async () => {
    const onWorkload = { target: { kind: 'Deployment', namespace, name: 'web' } };
    const wanted = { probe: { targets: ['https://a.example.com'] } };
    expect(await codeOf(run('x', wanted, onWorkload).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('only with a target of kind Probe'),
    });
    const ingress = await probe({ targets: { ingress: { selector: { matchLabels: { a: 'b' } } } } });
    expect(await codeOf(run(ingress, wanted).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('from Ingresses'),
    });
    expect(await codeOf(run('not-there', wanted).validate())).toMatchObject({
      code: 'TARGET_NOT_FOUND',
      message: expect.stringContaining('probe.prober'),
    });
  });
});
