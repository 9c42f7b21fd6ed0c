import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import type { KubeObject } from '../../../../activities/cluster/cluster';
import { createNamespace, kubectl, kubectlJson, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import {
  apply,
  codeOf,
  connectAs,
  connectTestCluster,
  createWorkload,
  podsOf,
  read,
  storedWrites,
  suffix,
} from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('quarantine');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const quarantine = (name: string, more: object = {}) =>
  runAction({ cluster, action: 'quarantine_pod', target: { kind: 'Pod', namespace, name }, ...more });

const labelsOf = async (name: string) => (await read('Pod', name, namespace)).metadata.labels;
const items = async (kind: string, ...more: string[]) =>
  (await kubectlJson<{ items: KubeObject[] }>(['get', kind, '-n', namespace, ...more])).items;
const endpointsOf = async (service: string) =>
  JSON.stringify(await items('endpointslices', '-l', `kubernetes.io/service-name=${service}`));

/** A Deployment with a Service whose endpoints are there; one of its pods. */
async function served(): Promise<{ app: string; pod: KubeObject }> {
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, { replicas: 2 });
  await kubectl(['expose', 'deployment', app, '-n', namespace, '--port=80']);
  const [pod] = await podsOf(namespace, app);
  if (!pod) throw new Error('no pod');
  await waitFor(
    () => endpointsOf(app),
    (text) => text.includes(pod.metadata.uid),
    { timeout: 60_000, what: 'the endpoint' },
  );
  return { app, pod };
}

test('the pod leaves its Service and its ReplicaSet, runs on behind a policy of its own, and comes back', async () => {
  const { app, pod } = await served();
  const { name, uid, labels } = pod.metadata;
  const step = quarantine(name);
  const validation = await step.validate();
  expect(validation).toMatchObject({ noEffect: false, target: { uid } });
  expect(validation.warnings.join('\n')).toMatch(/makes another pod; an undo gives this one back/);
  expect(await labelsOf(name)).toEqual(labels);
  expect(await items('networkpolicies')).toHaveLength(0);

  const effect = await step.execute(validation);
  expect(await step.execute(validation, 2)).toEqual(effect);
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  const now = await read('Pod', name, namespace);
  expect(now.metadata).toMatchObject({ uid, labels: { 'kubernaut.dev/quarantine': expect.any(String) } });
  expect(now.metadata.labels).not.toHaveProperty('app');
  expect(now.metadata.ownerReferences).toBeUndefined();
  expect(now.status).toMatchObject({ phase: 'Running' });
  expect(await endpointsOf(app)).not.toContain(uid);
  const [policy, ...others] = await items('networkpolicies');
  expect(others).toHaveLength(0);
  expect(policy?.spec).toEqual({
    podSelector: { matchLabels: { 'kubernaut.dev/quarantine': now.metadata.labels?.['kubernaut.dev/quarantine'] } },
    policyTypes: ['Ingress', 'Egress'],
  });
  expect(policy?.metadata.ownerReferences).toMatchObject([{ kind: 'Pod', name, uid }]);
  const replaced = (pods: KubeObject[]) => pods.length === 2 && pods.every(({ metadata }) => metadata.uid !== uid);
  await waitFor(() => podsOf(namespace, app), replaced, { what: 'the replacement' });
  expect(await storedWrites({ resource: 'pods', name, namespace })).toHaveLength(1);

  expect(await step.rollback(validation, effect)).toMatchObject({ changed: true });
  expect(await items('networkpolicies')).toHaveLength(0);
  // What the ReplicaSet does with one pod too many is its own affair; the labels were back, byte for byte.
  const patches = await storedWrites({ resource: 'pods', name, namespace });
  const restored = (patches.at(-1) as { responseObject?: KubeObject } | undefined)?.responseObject?.metadata.labels;
  const still = (await items('pods')).find(({ metadata }) => metadata.uid === uid)?.metadata.labels;
  expect(JSON.stringify(still ?? restored)).toBe(JSON.stringify(labels));
  expect(await step.rollback(validation)).toMatchObject({ changed: false });
  expect(await storedWrites({ resource: 'pods', name, namespace })).toHaveLength(2);
});

test('labels or a policy that somebody changed are left alone, and verify says so', async () => {
  const { pod } = await served();
  const { name } = pod.metadata;
  const step = quarantine(name);
  const validation = await step.validate();
  const effect = await step.execute(validation);
  const [policy] = await items('networkpolicies');
  const open = JSON.stringify({ spec: { ingress: [{}] } });
  await kubectl(['patch', 'networkpolicy', policy!.metadata.name, '-n', namespace, '--type=merge', '-p', open]);
  expect(await step.verify(validation, effect)).toMatchObject({ verified: false });
  expect(await codeOf(step.rollback(validation, effect))).toMatchObject({
    code: 'UNDO_CONFLICT',
    message: expect.stringContaining('kubectl'),
  });
  expect(await labelsOf(name)).toHaveProperty(['kubernaut.dev/quarantine']);
  await kubectl(['delete', 'networkpolicy', policy!.metadata.name, '-n', namespace]);
  await kubectl(['label', 'pod', name, '-n', namespace, 'app=other']);
  expect(await codeOf(step.rollback(validation, effect))).toMatchObject({ code: 'UNDO_CONFLICT' });
  expect(await labelsOf(name)).toMatchObject({ app: 'other' });
});

test('a policy for all pods that lets traffic through is refused, unless it is accepted and then warned of', async () => {
  const app = `web-${suffix()}`;
  await createWorkload(namespace, app, { replicas: 1 });
  const [pod] = await podsOf(namespace, app);
  const { name } = pod!.metadata;
  const dns = { kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1', metadata: { namespace, name: 'allow-dns' } };
  await apply({ ...dns, spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ port: 53 }] }] } });
  try {
    expect(await codeOf(quarantine(name).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('allow-dns (acceptOtherPolicies)'),
    });
    const { warnings } = await quarantine(name, { params: { acceptOtherPolicies: true } }).validate();
    expect(warnings.join('\n')).toContain('still let traffic through: allow-dns');
    expect(warnings.join('\n')).toContain('the service is down until the new one is');
  } finally {
    await kubectl(['delete', 'networkpolicy', 'allow-dns', '-n', namespace]);
  }
});

test('what cannot be isolated or replaced is refused with all its reasons, and nothing is changed', async () => {
  const db = `db-${suffix()}`;
  await createWorkload(namespace, db, { kind: 'StatefulSet', replicas: 1, podSpec: { hostNetwork: true } });
  const refused = await codeOf(quarantine(`${db}-0`).validate());
  expect(refused.code).toBe('PRECONDITION_FAILED');
  expect(refused.message).toMatch(/belongs to StatefulSet .*; it uses the network of its node/);
  const bad: Array<[object, string]> = [
    [{ params: { acceptOtherPolicies: 'yes' } }, 'PARAMS_INVALID'],
    [{ target: { kind: 'Pod', namespace, name: 'not-there' } }, 'TARGET_NOT_FOUND'],
    [{ target: { kind: 'Pod', namespace, name: `${db}-0`, uid: 'another' } }, 'TARGET_REPLACED'],
    [{ target: { kind: 'Deployment', namespace, name: db } }, 'PRECONDITION_FAILED'],
  ];
  for (const [more, code] of bad) expect(await codeOf(quarantine(`${db}-0`, more).validate())).toMatchObject({ code });
  const powerless = await connectAs(namespace);
  const forbidden = await codeOf(quarantine(`${db}-0`, { cluster: powerless }).validate());
  powerless.close();
  expect(forbidden).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringMatching(/patch pods.*create networking/),
  });
  expect(await storedWrites({ resource: 'pods', name: `${db}-0`, namespace })).toHaveLength(0);
});
