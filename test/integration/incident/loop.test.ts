import { IncidentSignal, type IncidentStatus } from '../../../plan/incident';
import { kubectl } from '../../setup';
import { createWorkload, read, storedWrites, suffix } from '../kubernetes/fixtures';
import { IncidentLab } from './incident-lab';

let lab: IncidentLab;
beforeAll(async () => {
  lab = await IncidentLab.open({
    incidents: { resolveWithinMs: 2_000, cooldownMs: 1_000 },
    kubernetes: { imageRegistries: ['registry.test'] },
  });
});
afterAll(() => lab?.close());

const asked = () =>
  lab.holmes.requests.filter(({ path }) => path === '/api/chat').map(({ body }) => String(body['ask']));
const approve = async (id: string, remediation: string) => {
  const { approvals } = await lab.lab.until(remediation, (status) => status.approvals.length === 1);
  await lab.lab.remediations.approve(remediation, { by: 'ann', digest: approvals[0]!.digest });
  return lab.until(id, (status) => status.remediation !== remediation);
};
/** Begun, and perhaps over again: the first ones take a moment only. */
const numbered = (n: number) => (status: IncidentStatus) =>
  [...status.attempts, status].some(({ remediation }) => remediation?.endsWith(`/${n}`) === true);

test('what did not hold is told to HolmesGPT, its next recommendation is tried with a person, and the next incident knows both', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(lab.namespace, name);
  const labels = { alertname: `Lasting${suffix()}`, deployment: name };
  await lab.monitoring.fire({ ...labels, namespace: lab.namespace });
  lab.script(name, { action: 'restart_deployment', parameters: { stableSeconds: 1 } });
  const id = await lab.signal(lab.alert(labels));
  await lab.until(id, numbered(1));
  lab.script(name, { action: 'scale_deployment', parameters: { replicas: 3 } });
  // The restart has worked, and the alert does not care.
  const second = await lab.until(id, numbered(2));
  expect(second.attempts[0]).toMatchObject({
    outcome: 'succeeded',
    held: false,
    effectiveness: { score: 0.5, health: 1, alert: 0 },
  });
  const told = asked().at(-1)!;
  expect(told).toContain('"outcome":"succeeded"');
  expect(told).toContain('"alertResolved":false');
  expect(told).toMatch(/"action":"restart_deployment".*"status":"succeeded"/);
  expect(told).toMatch(/"measured":\[".+ firing in Alertmanager/);
  expect((await read('Deployment', name, lab.namespace)).spec?.replicas).toBe(2);
  // Before the watch begins, which is short here.
  await lab.monitoring.fire({ ...labels, namespace: lab.namespace }, -1);
  await approve(id, second.remediation!);
  const { outcome, attempts } = await lab.until(id, (status) => status.outcome !== undefined);
  expect([outcome, attempts.map(({ held, effectiveness }) => [held, effectiveness?.score])]).toEqual([
    'resolved',
    [
      [false, 0.5],
      [true, 1],
    ],
  ]);
  expect((await read('Deployment', name, lab.namespace)).spec?.replicas).toBe(3);
  expect(await storedWrites({ resource: 'deployments', name, namespace: lab.namespace })).toHaveLength(2);
  const handle = lab.lab.client.workflow.getHandle(id);
  await expect(handle.result()).resolves.toMatchObject({ outcome: 'resolved' });

  const again = lab.alert(labels);
  await lab.signal(again);
  await lab.until(id, numbered(3));
  expect(asked().at(-1)).toMatch(
    /"earlierRemediations":\[\{[^}]*"held":true,"score":1\},\{[^}]*"held":false,"score":0.5\}/,
  );
  await handle.executeUpdate(IncidentSignal.abort, { args: [{ by: 'ann' }] });
  await lab.signal({ ...again, status: 'resolved' });
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'aborted' } });
});

test('the same failure twice is for a person, with everything as it was before', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(lab.namespace, name, { spec: { progressDeadlineSeconds: 3 } });
  const image = (tag: string) => ({ action: 'set_image', parameters: { image: `registry.test/web:${tag}` } });
  lab.script(name, image('missing-1'));
  const id = await lab.signal(lab.alert({ alertname: 'Twice', deployment: name }));
  const first = await lab.until(id, numbered(1));
  lab.script(name, image('missing-2'));
  await approve(id, first.remediation!);
  const second = await lab.until(id, numbered(2));
  await approve(id, second.remediation!);
  const { outcome, reason, attempts } = await lab.until(id, (status) => status.outcome !== undefined);
  expect([outcome, attempts.map((each) => each.outcome)]).toEqual(['escalated', ['rolled_back', 'rolled_back']]);
  expect(reason).toContain('twice in the same way');
  const { spec } = await read('Deployment', name, lab.namespace);
  expect(JSON.stringify(spec)).toContain('"registry.test/web:1"');
  await kubectl(['rollout', 'status', `deployment/${name}`, '-n', lab.namespace, '--timeout=60s']);
});
