import { monitoringActions } from '../../../activities/executors/monitoring';
import type { JsonObject } from '../../../plan/json';
import { createNamespace, kubectl } from '../../setup';
import { runAction } from '../kubernetes/action-context';
import { codeOf, connectTestCluster, createWorkload, read, suffix } from '../kubernetes/fixtures';

const cluster = connectTestCluster();
let namespace: string;
beforeAll(async () => {
  namespace = await createNamespace('probes');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const PROBE = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 7 };

async function web(container: object = { livenessProbe: PROBE }) {
  const name = `web-${suffix()}`;
  await createWorkload(namespace, name, { replicas: 1, container });
  return { kind: 'Deployment', namespace, name };
}
const run = (target: { kind: string; namespace: string; name: string }, params: JsonObject) =>
  runAction({ cluster, action: 'configure_health_check', actions: monitoringActions, target, params });

test('what is not named stays; another handler replaces the old one; null removes', async () => {
  const target = await web();
  const params = { liveness: { tcpSocket: { port: 8080 } }, readiness: PROBE, stableSeconds: 0 };
  const one = run(target, params);
  const validation = await one.validate();
  const effect = await one.execute(validation);
  expect(await one.verify(validation, effect)).toMatchObject({ verified: true });
  const container = async () =>
    (
      (await read('Deployment', target.name, namespace)).spec as never as {
        template: { spec: { containers: JsonObject[] } };
      }
    ).template.spec.containers[0]!;
  expect(await container()).toMatchObject({
    livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 7 },
    readinessProbe: { httpGet: { path: '/healthz', scheme: 'HTTP' } },
  });
  expect((await container())['livenessProbe']).not.toHaveProperty('httpGet');
  expect(await run(target, params).validate()).toMatchObject({ noEffect: true });
  const two = run(target, { liveness: null });
  await two.execute(await two.validate());
  expect(await container()).not.toHaveProperty('livenessProbe');
});

test.each<[string, JsonObject, string, string]>([
  ['no probe at all', {}, 'PARAMS_INVALID', 'at least one'],
  ['two handlers', { liveness: { ...PROBE, tcpSocket: { port: 1 } } }, 'PARAMS_INVALID', 'only one of'],
  ['a path that is none', { liveness: { httpGet: { path: 'x', port: 1 } } }, 'PARAMS_INVALID', 'must begin with /'],
  ['timing of a probe that is not there', { startup: { periodSeconds: 3 } }, 'PRECONDITION_FAILED', 'none yet'],
  ['an unknown container', { container: 'nope', liveness: PROBE }, 'PRECONDITION_FAILED', 'no container nope'],
  ['what the server refuses', { liveness: { successThreshold: 3 } }, 'REJECTED_BY_SERVER', 'successThreshold'],
])('refuses %s', async (_, params, code, words) => {
  expect(await codeOf(run(await web(), params).validate())).toMatchObject({
    code,
    message: expect.stringContaining(words),
  });
});
