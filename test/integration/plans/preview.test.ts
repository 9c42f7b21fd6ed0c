import pc from 'picocolors';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { renderPreview } from '../../../client/cli/output/preview-view';
import { defaultActionSettings } from '../../../config/action-settings';
import type { JsonObject } from '../../../plan/json';
import { createNamespace, kubectl, kubectlJson, testEnvironment, waitFor } from '../../setup';
import { kubectlCommand } from '../../../tools/stack/kubectl-command';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { runAction } from '../kubernetes/action-context';
import {
  apply,
  connectAs,
  connectTestCluster,
  createWorkload,
  read,
  storedWrites,
  workload,
} from '../kubernetes/fixtures';

let lab: Lab;
let cluster: ConnectedCluster;
let namespace: string;
const accounts: ConnectedCluster[] = [];

beforeAll(async () => {
  cluster = connectTestCluster();
  lab = await Lab.open({
    actions: [...kubernetesActions],
    clusters: new Map([['test', cluster]]),
    settingsFor: () => ({ ...defaultActionSettings, quota: true }),
  });
  namespace = await createNamespace('preview');
  await kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/warn=restricted']);
});
afterAll(async () => {
  await lab?.close();
  [cluster, ...accounts].forEach((each) => each?.close());
  if (namespace) await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

async function previewed(action: string, name: string, params: JsonObject) {
  const step = k8sStep('it', action, { kind: 'Deployment', namespace, name }, params);
  const { id } = await lab.remediations.start(labPlan([step], { cluster: 'test', dryRun: true }));
  const result = await lab.remediations.result(id);
  return { ...result, preview: await lab.remediations.preview(id) };
}

const requests = { cpu: '200m', memory: '64Mi' };

/** As the server counts it: what is used of the quota, once it has counted the pods. */
async function quotaOf(name: string, pods: number) {
  const { status } = await waitFor(
    () =>
      kubectlJson<{ status: { used: Record<string, string>; hard: Record<string, string> } }>([
        'get',
        'quota',
        name,
        '-n',
        namespace,
      ]),
    ({ status }) => Number(status?.used?.['pods']) === pods,
    { what: `quota ${name} counts ${pods} pods`, timeout: 60_000 },
  );
  return status;
}

test('what the server warns of in the dry run stands in the preview, and in the CLI’s', async () => {
  await createWorkload(namespace, 'warned', { replicas: 1 });
  const { preview } = await previewed('enable_debug_mode', 'warned', {});
  const [{ warnings } = { warnings: [] }] = preview.steps;
  const asked = ['set', 'env', 'deployment/warned', 'LOG_LEVEL=debug', '-n', namespace, '--dry-run=server'];
  const { stderr } = await kubectlCommand(testEnvironment(), asked, {});
  const [, told] = /^Warning: (would violate PodSecurity .*)$/m.exec(stderr) ?? [];
  expect(told).toBeDefined();
  expect(warnings).toContain(`the API server warns: ${told}`);
  expect(renderPreview(preview, pc.createColors(false))).toContain(`! the API server warns: ${told}`);
  expect(await storedWrites({ resource: 'deployments', name: 'warned', namespace })).toEqual([]);
});

test('a scale-up or larger resources are held against what is left of the quota, as the server counts it', async () => {
  await createWorkload(namespace, 'web', { replicas: 2, container: { resources: { requests } } });
  await createWorkload(namespace, 'other', { replicas: 1, container: { resources: { requests: { cpu: '500m' } } } });
  const hard = { 'requests.cpu': '1200m', pods: '20' };
  await apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'compute', namespace }, spec: { hard } });
  const pods = await kubectlJson<{ items: unknown[] }>(['get', 'pods', '-n', namespace]);
  const { used } = await quotaOf('compute', pods.items.length);
  expect(used['requests.cpu']).toBe('900m');

  const tight = await previewed('scale_deployment', 'web', { replicas: 4 });
  const lineOf = (more: string) =>
    `quota ${namespace}/compute leaves 300m of 1200m requests.cpu: ${more} more would be needed`;
  expect(tight.preview.steps[0]?.warnings).toContain(lineOf('400m'));
  expect(renderPreview(tight.preview, pc.createColors(false))).toContain(`! ${lineOf('400m')}`);
  expect((await previewed('scale_deployment', 'web', { replicas: 3 })).preview.steps[0]?.warnings.join()).not.toContain(
    'quota',
  );
  const larger = await previewed('increase_resources', 'web', { cpu: { request: '350m' } });
  // Two times 150m more in the end, but one new pod beside the old ones first: of two, 25 % are none that may be missing.
  expect(larger.preview.steps[0]?.warnings).toContain(lineOf('350m'));

  const never = await previewed('scale_deployment', 'web', { replicas: 9 });
  expect(never).toMatchObject({
    outcome: 'blocked',
    problems: [{ code: 'PRECONDITION_FAILED', message: expect.stringContaining('9 pods need 1800m') }],
  });
  expect(never.preview.steps[0]?.problem?.message).toContain(
    `quota ${namespace}/compute allows 1200m requests.cpu in all`,
  );
  expect((await read('Deployment', 'web', namespace)).spec?.replicas).toBe(2);

  // The server says the same once somebody does it.
  await kubectl(['scale', 'deployment/web', '-n', namespace, '--replicas=4']);
  await kubectl(['wait', 'deployment/web', '-n', namespace, '--for=condition=ReplicaFailure', '--timeout=60s']);
  const failed = JSON.stringify((await read('Deployment', 'web', namespace)).status);
  expect(failed).toContain('exceeded quota: compute, requested: requests.cpu=200m, used: requests.cpu=1100m');
});

test('pods that a LimitRange or a quota would never let in block the plan in the preview', async () => {
  const own = await createNamespace('ranges');
  try {
    await kubectl(['create', '-f', '-'], {
      input: workload(own, 'api', { replicas: 1, container: { resources: { limits: { memory: '64Mi' } } } }),
    });
    const limits = [{ type: 'Container', max: { memory: '1Gi' } }];
    await apply({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'range', namespace: own },
      spec: { limits },
    });
    const target = { kind: 'Deployment', namespace: own, name: 'api' };
    const step = k8sStep('it', 'increase_resources', target, { memory: { limit: '2Gi' } });
    const { id } = await lab.remediations.start(labPlan([step], { cluster: 'test' }));
    const result = await lab.remediations.result(id);
    const why = 'container web would have 2Gi memory, LimitRange range allows 1Gi';
    expect(result).toMatchObject({ outcome: 'blocked', problems: [{ message: expect.stringContaining(why) }] });
    expect(await storedWrites({ resource: 'deployments', name: 'api', namespace: own })).toEqual([]);
    const pod = { limits: { memory: '2Gi' } };
    const containers = [{ name: 'web', image: 'registry.test/web:1', resources: pod }];
    const refused = kubectl(['create', '--dry-run=server', '-f', '-'], {
      input: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: own }, spec: { containers } },
    });
    await expect(refused).rejects.toThrow('maximum memory usage per Container is 1Gi');
  } finally {
    await kubectl(['delete', 'namespace', own, '--wait=false']);
  }
});

test('without the right to read quotas the preview says that it does not know, and the step may go on', async () => {
  await createWorkload(namespace, 'blind', { replicas: 0 });
  const rules = [
    { apiGroups: ['apps'], resources: ['deployments', 'replicasets'], verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list'] },
  ];
  const account = await connectAs(namespace, rules);
  accounts.push(account);
  const target = { kind: 'Deployment', namespace, name: 'blind' };
  const settings = { quota: true };
  const run = runAction({ cluster: account, action: 'scale_deployment', target, params: { replicas: 1 }, settings });
  const { warnings } = await run.validate();
  expect(warnings).toContainEqual(expect.stringMatching(/^whether the namespace has room for it is not known: list /));
});
