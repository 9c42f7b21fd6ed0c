import { createNamespace, kubectl } from '../../setup';
import { waitFor } from '../../setup/wait-for';
import type { RemediationPlan } from '../../../plan/model';
import type { RemediationResult } from '../../../plan/outcome';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { createWorkload, read, storedWrites } from '../kubernetes/fixtures';
import { PolicyLab, policyText } from './policy-lab';

const rules = [
  { name: 'not-this-one', reason: 'It is ours', when: 'target.name == "denied"', deny: true },
  { name: 'not-forty', reason: 'Too many', when: 'has(step.replicas) && step.replicas > 40', deny: true },
  {
    name: 'ask-for-big',
    reason: 'Big ones need two',
    when: 'has(step.replicas) && step.replicas > 5',
    approval: { quorum: 2, deadline: '30m' },
  },
];
let on: PolicyLab;
let namespace: string;

beforeAll(async () => {
  on = await PolicyLab.open({}, rules, 'production');
  namespace = await createNamespace('policy');
});
afterAll(async () => {
  await on?.close();
  if (namespace) await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const scale = (name: string, replicas: number, more = {}) =>
  k8sStep(name, 'scale_deployment', { kind: 'Deployment', namespace, name }, { replicas }, more);
const testPlan = (steps: Parameters<typeof labPlan>[0], spec: Partial<RemediationPlan['spec']> = {}) =>
  labPlan(steps, { cluster: 'test', ...spec });

async function run(plan: RemediationPlan, by = on): Promise<{ id: string; result: RemediationResult }> {
  const { id } = await by.lab.remediations.start(plan);
  return { id, result: await by.lab.remediations.result(id) };
}

const writesTo = (name: string) => storedWrites({ resource: 'deployments', name, namespace });

test('a denied plan is blocked before anything is changed, and says which rule denied it', async () => {
  await createWorkload(namespace, 'denied', { replicas: 1 });
  await createWorkload(namespace, 'innocent', { replicas: 1 });
  const { id, result } = await run(testPlan([scale('innocent', 2), scale('denied', 2, { dependsOn: ['innocent'] })]));
  expect(result).toMatchObject({ outcome: 'blocked', problems: [{ code: 'POLICY_DENIED' }] });
  expect(result.reason).toContain('own/not-this-one (step denied): It is ours');
  expect(await writesTo('denied')).toEqual([]);
  expect(await writesTo('innocent')).toEqual([]);
  const status = await on.lab.remediations.status(id);
  expect(status.policy).toMatchObject({ verdict: 'deny', mode: 'auto', version: on.store.current.version });
  const { events } = await on.lab.client.workflow.getHandle(id).fetchHistory();
  const markers = JSON.stringify((events ?? []).map((event) => event.markerRecordedEventAttributes?.details ?? {}));
  const payloads = [...markers.matchAll(/"data":"([^"]+)"/g)].map(([, data]) =>
    Buffer.from(data!, 'base64').toString(),
  );
  expect(payloads.join('\n')).toContain(on.store.current.version);
});

test('what no rule stands against goes by itself', async () => {
  await createWorkload(namespace, 'free', { replicas: 1 });
  expect((await run(testPlan([scale('free', 2)]))).result.outcome).toBe('succeeded');
  expect((await read('Deployment', 'free', namespace)).spec).toMatchObject({ replicas: 2 });
});

test('a rule asks for two persons, is named, and counts neither one twice nor whoever asked', async () => {
  await createWorkload(namespace, 'big', { replicas: 1 });
  const { id } = await on.lab.remediations.start(testPlan([scale('big', 6)]));
  const { approvals } = await on.lab.until(id, (status) => status.approvals.length > 0);
  expect(approvals[0]).toMatchObject({ quorum: 2, subject: { kind: 'plan' } });
  expect(approvals[0]!.why).toBe('policy own/ask-for-big (Big ones need two)');
  const { digest } = approvals[0]!;
  await on.lab.remediations.approve(id, { by: 'ann', digest });
  await expect(on.lab.remediations.approve(id, { by: 'Ann ', digest })).rejects.toThrow(/has approved already/);
  expect(await writesTo('big')).toEqual([]);
  expect((await on.lab.remediations.status(id)).approvals[0]!.approvers).toEqual(['ann']);
  await on.lab.remediations.approve(id, { by: 'bob', digest });
  expect((await on.lab.remediations.result(id)).outcome).toBe('succeeded');
});

test('whoever asked for a change of high risk cannot approve it', async () => {
  await createWorkload(namespace, 'pods', { replicas: 1 });
  const pod = JSON.parse(await kubectl(['get', 'pods', '-n', namespace, '-l', 'app=pods', '-o', 'json'])).items[0];
  const target = { kind: 'Pod', namespace, name: pod.metadata.name as string };
  const { id } = await on.lab.remediations.start(testPlan([k8sStep('p', 'delete_pod', target, {})]));
  const { approvals } = await on.lab.until(id, (status) => status.approvals.length > 0);
  expect(approvals[0]!.why).toContain('default/destructive-in-production');
  const { digest } = approvals[0]!;
  await expect(on.lab.remediations.approve(id, { by: 'q', digest })).rejects.toThrow(/somebody else must approve/);
  await on.lab.remediations.reject(id, { by: 'q' });
  expect((await on.lab.remediations.result(id)).outcome).toBe('rejected');
});

test('an effect that is known only after another step is decided in its turn, and undone when it is denied', async () => {
  await createWorkload(namespace, 'later', { replicas: 1 });
  // A template: what it will be is not known to the preview.
  const more = { kind: 'Deployment', namespace, name: 'later' };
  const steps = [
    scale('later', 2),
    k8sStep('more', 'scale_deployment', more, { replicas: '${{ 45 }}' }, { dependsOn: ['later'] }),
  ];
  const { result } = await run(testPlan(steps));
  expect(result.outcome).toBe('rolled_back');
  expect(result.steps[1]!.error).toMatchObject({ code: 'POLICY_DENIED' });
  expect(result.steps[1]!.error!.message).toContain('own/not-forty');
  expect((await read('Deployment', 'later', namespace)).spec).toMatchObject({ replicas: 1 });
});

test('protected namespaces are not touched', async () => {
  const target = { kind: 'ConfigMap', namespace: 'kube-system', name: 'policy-test' };
  await kubectl(['create', 'configmap', target.name, '-n', target.namespace, '--from-literal=a=b']);
  try {
    const { result } = await run(testPlan([k8sStep('c', 'patch_configmap', target, { set: { a: 'c' } })]));
    expect(result.reason).toContain('default/protected-namespaces');
    expect(result.outcome).toBe('blocked');
    const filter = {
      resource: 'configmaps',
      name: target.name,
      namespace: target.namespace,
      verbs: ['patch', 'update'],
    };
    expect(await storedWrites(filter)).toEqual([]);
  } finally {
    await kubectl(['delete', 'configmap', target.name, '-n', target.namespace]);
  }
});

test('an object or a namespace can opt out by label, whatever the severity', async () => {
  await createWorkload(namespace, 'shy', { replicas: 1 });
  const critical = { severity: 'critical' };
  const loud = (plan: RemediationPlan) => ({ ...plan, metadata: { ...plan.metadata, labels: critical } });
  await kubectl(['label', 'deployment', 'shy', '-n', namespace, 'kubernaut.dev/remediation=disabled']);
  expect((await run(loud(testPlan([scale('shy', 2)])))).result.reason).toContain('default/opted-out');
  await kubectl(['label', 'deployment', 'shy', '-n', namespace, 'kubernaut.dev/remediation-']);
  await kubectl(['label', 'namespace', namespace, 'kubernaut.dev/remediation=disabled']);
  try {
    expect((await run(loud(testPlan([scale('shy', 2)])))).result.reason).toContain('default/opted-out');
    expect(await writesTo('shy')).toEqual([]);
  } finally {
    await kubectl(['label', 'namespace', namespace, 'kubernaut.dev/remediation-']);
  }
  expect((await run(testPlan([scale('shy', 2)]))).result.outcome).toBe('succeeded');
});

test('a machine is asked about a target that was remediated before', async () => {
  await createWorkload(namespace, 'again', { replicas: 1 });
  const automatic = (plan: RemediationPlan) => ({
    ...plan,
    metadata: { ...plan.metadata, requester: 'holmesgpt', investigation: { confidence: 0.9 } },
  });
  const first = await on.lab.remediations.start(automatic(testPlan([scale('again', 2)])));
  const waiting = (await on.lab.until(first.id, (status) => status.approvals.length > 0)).approvals[0]!;
  expect(waiting.why).toContain('default/automatic-only-low-risk');
  expect(waiting.why).not.toContain('default/fix-did-not-hold');
  await on.lab.remediations.approve(first.id, { by: 'ann', digest: waiting.digest });
  expect((await on.lab.remediations.result(first.id)).outcome).toBe('succeeded');
  // The visibility store is about a second behind.
  await waitFor(
    () => on.lab.remediations.list({ target: `Deployment/${namespace}/again`, outcome: 'succeeded' }),
    (found) => found.length === 1,
    { what: 'the first remediation in the list' },
  );
  const { id } = await on.lab.remediations.start(automatic(testPlan([scale('again', 3)])));
  const { approvals } = await on.lab.until(id, (status) => status.approvals.length > 0);
  expect(approvals[0]!.why).toContain('default/fix-did-not-hold');
  await on.lab.remediations.reject(id, { by: 'ann' });
});

test('a changed file takes effect at once; a broken one does not, and the last good one stays', async () => {
  await createWorkload(namespace, 'frozen', { replicas: 1 });
  const freeze = policyText([{ name: 'freeze', reason: 'Holidays', during: ['always'], deny: true }], {
    timeZone: 'Europe/Berlin',
    windows: [{ name: 'always', start: '2020-01-01', end: '2099-12-31' }],
  });
  const { version } = on.store.current;
  on.write(freeze);
  await waitFor(
    async () => on.store.current.version,
    (now) => now !== version,
    { what: 'the new policies' },
  );
  expect((await run(testPlan([scale('frozen', 2)]))).result.reason).toContain('own/freeze (step frozen): Holidays');
  const frozen = on.store.current.version;
  on.write(freeze.replace('deny: true', 'deny: maybe').replace('during', 'duringg'));
  await waitFor(
    async () => on.store.problem,
    (problem) => problem !== undefined,
    { what: 'the broken file' },
  );
  expect(on.store.problem).toMatch(/own\.yaml:\d+:\d+ spec\.rules\[0\]\.duringg: unknown key duringg/);
  expect(on.store.problem).toMatch(/spec\.rules\[0\]\.deny/);
  expect(on.store.current.version).toBe(frozen);
  expect((await run(testPlan([scale('frozen', 2)]))).result.outcome).toBe('blocked');
  on.write(policyText(rules));
  await waitFor(
    async () => on.store.current.version,
    (now) => now === version,
    { what: 'the first policies again' },
  );
  expect(on.store.problem).toBeUndefined();
  expect((await run(testPlan([scale('frozen', 2)]))).result.outcome).toBe('succeeded');
});

test('in observe mode everything is previewed and nothing changed; in approve mode a person approves each change', async () => {
  await createWorkload(namespace, 'watched', { replicas: 1 });
  const careful = await PolicyLab.open({
    mode: 'observe',
    places: [{ namespaces: [`${namespace}*`], mode: 'approve' }],
  });
  const observer = await PolicyLab.open({ mode: 'observe' });
  try {
    const { id, result } = await run(testPlan([scale('watched', 2)]), observer);
    expect(result).toMatchObject({ outcome: 'blocked', reason: 'observe mode: previewed, nothing was changed' });
    const preview = await observer.lab.remediations.preview(id);
    expect(preview.steps[0]!.diff).toEqual([{ path: '/spec/replicas', before: 1, after: 2 }]);
    expect(await writesTo('watched')).toEqual([]);
    const asked = await careful.lab.remediations.start(testPlan([scale('watched', 2)]));
    const { approvals } = await careful.lab.until(asked.id, (status) => status.approvals.length > 0);
    expect(approvals[0]!.why).toContain('policy mode');
    await careful.lab.remediations.approve(asked.id, { by: 'ann', digest: approvals[0]!.digest });
    expect((await careful.lab.remediations.result(asked.id)).outcome).toBe('succeeded');
  } finally {
    await careful.close();
    await observer.close();
  }
});
