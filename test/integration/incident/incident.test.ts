import { runInMemory } from '../../../client/cli/memory-io';
import { kubectl, testEnvironment, waitFor } from '../../setup';
import { createWorkload, read, storedWrites, suffix } from '../kubernetes/fixtures';
import { IncidentLab } from './incident-lab';

let lab: IncidentLab;
beforeAll(async () => {
  lab = await IncidentLab.open();
});
afterAll(() => lab?.close());

const imageOf = async (name: string) => {
  const deployment = await read('Deployment', name, lab.namespace);
  return JSON.stringify(deployment.spec?.['template']).match(/registry\.test\/web:\w+/)?.[0];
};
const writesTo = (name: string) => storedWrites({ resource: 'deployments', name, namespace: lab.namespace });
const handle = (id: string) => lab.lab.client.workflow.getHandle(id);

test('from the alert of a pod to a closed incident: rolled back once, the alert asked about, the target healthy', async () => {
  const name = `web-${suffix()}`;
  await lab.brokenRollout(name);
  const labels = { alertname: `Crash${suffix()}`, pod: await lab.brokenPod(name), severity: 'critical' };
  await lab.monitoring.fire({ ...labels, namespace: lab.namespace });
  lab.script(name, { action: 'rollback_deployment', parameters: { stableSeconds: 1 } });
  const id = await lab.signal(lab.alert(labels));
  expect(id).toBe(`incident/test/${lab.namespace}/Deployment/${name}`);
  await lab.until(id, ({ phase }) => phase === 'watching');
  await lab.monitoring.fire({ ...labels, namespace: lab.namespace }, -1);
  const { attempts } = await lab.until(id, ({ outcome }) => outcome !== undefined);
  expect(attempts).toMatchObject([
    {
      source: 'holmesgpt',
      steps: [`rollback_deployment on Deployment ${lab.namespace}/${name}`],
      outcome: 'succeeded',
      held: true,
      effectiveness: { score: 1, alert: 1, health: 1 },
      remediation: `remediation/test/${lab.namespace}/Deployment/${name}/1`,
    },
  ]);
  expect(await imageOf(name)).toBe('registry.test/web:1');
  expect(await writesTo(name)).toHaveLength(1);
  await expect(handle(id).result()).resolves.toMatchObject({ outcome: 'resolved' });
  const { searchAttributes } = await handle(id).describe();
  expect(searchAttributes).toMatchObject({
    KubernautAlert: [labels.alertname],
    KubernautState: ['ended'],
    KubernautOutcome: ['resolved'],
    KubernautTarget: [`Deployment/${lab.namespace}/${name}`],
  });

  const place = ['--address', testEnvironment().temporalAddress, '--namespace', lab.lab.namespace];
  const shown = await runInMemory(['incident', 'show', id, ...place]);
  expect(shown).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/outcome +resolved/) });
  expect(shown.stdout).toContain(`rollback_deployment on Deployment ${lab.namespace}/${name}`);
  const listed = await runInMemory(['incident', 'list', '--outcome', 'resolved', ...place]);
  expect(listed.stdout).toContain(`${id}  ended`);

  // The next incident of the same target knows what was done, and a person is asked.
  lab.script(name, { action: 'restart_deployment' });
  const again = lab.alert(labels);
  await lab.signal(again);
  const second = await lab.until(id, ({ remediation }) => remediation !== undefined);
  expect(second.remediation).toMatch(/\/2$/);
  await lab.lab.until(second.remediation!, ({ approvals }) => approvals.length === 1);
  const asked = lab.holmes.requests.at(-1)!.body;
  expect(JSON.stringify(asked)).toContain('earlierRemediations');
  const abort = (...words: string[]) => runInMemory(['incident', 'abort', ...words, ...place]);
  expect(await abort(id, '--by', 'ann', '--reason', 'enough')).toMatchObject({
    ...{ exitCode: 0, stdout: `${id}: the incident is aborted\n`, stderr: expect.stringContaining('incident show') },
  });
  const { reason } = await lab.lab.remediations.result(second.remediation!);
  expect(reason).toContain('ann');
  await lab.until(id, ({ outcome }) => outcome === 'aborted');
  expect(await abort(id)).toMatchObject({
    exitCode: 8,
    stderr: expect.stringContaining('already being aborted by ann'),
  });
  await lab.signal({ ...again, status: 'resolved' });
  await expect(handle(id).result()).rejects.toMatchObject({ cause: { type: 'aborted' } });
  expect(await abort(id)).toMatchObject({ exitCode: 8, stderr: expect.stringContaining('already ended') });
  expect(await abort(`${id}-other`)).toMatchObject({ stderr: expect.stringContaining('There is no incident') });
  expect(await abort(second.remediation!)).toMatchObject({ stderr: expect.stringContaining('not an incident') });
  expect(await writesTo(name)).toHaveLength(1);
});

test('HolmesGPT down, and an answer of prose, go to a person with the reason; nothing is changed', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(lab.namespace, name);
  lab.holmes.script({ analysis: 'Just delete the Deployment.', tools: [{ name: 'kubectl_describe' }] });
  const prose = lab.alert({ alertname: 'Prose', deployment: name });
  const id = await lab.signal(prose);
  const { outcome, reason } = await lab.until(id, (status) => status.outcome !== undefined);
  expect([outcome, reason]).toEqual(['escalated', expect.stringContaining('HOLMES_NONSENSE')]);
  await lab.signal({ ...prose, status: 'resolved' });
  await expect(handle(id).result()).rejects.toMatchObject({ cause: { type: 'escalated' } });

  const other = `web-${suffix()}`;
  await createWorkload(lab.namespace, other);
  lab.holmes.script({ status: 401, detail: 'Invalid or missing API key' });
  const second = await lab.signal(lab.alert({ alertname: 'Down', deployment: other }));
  expect((await lab.until(second, (status) => status.outcome !== undefined)).reason).toContain('HOLMES_UNAUTHORIZED');
  expect([...(await writesTo(name)), ...(await writesTo(other))]).toEqual([]);
});

test('alerts that resolve before anything has begun end the incident, and what waited for approval is withdrawn', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(lab.namespace, name);
  lab.script(name, { action: 'restart_deployment', confidence: 0.6 });
  const alert = lab.alert({ alertname: 'Brief', deployment: name });
  const id = await lab.signal(alert);
  const { remediation } = await lab.until(id, (status) => status.remediation !== undefined);
  await lab.lab.until(remediation!, ({ approvals }) => approvals.length === 1);
  await lab.signal({ ...alert, status: 'resolved' });
  await expect(handle(id).result()).resolves.toMatchObject({ outcome: 'self_resolved' });
  expect((await lab.lab.remediations.result(remediation!)).outcome).toBe('aborted');
  expect(await writesTo(name)).toEqual([]);
});

test('a storm of 200 alerts for one target is one incident, one question and one remediation', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(lab.namespace, name, { replicas: 1 });
  lab.script(name, { action: 'restart_deployment', parameters: { stableSeconds: 1 } });
  const before = lab.questions;
  const alerts = Array.from({ length: 200 }, (_, n) =>
    lab.alert({ alertname: 'Storm', deployment: name, instance: `10.0.0.${n}` }),
  );
  await Promise.all(Array.from({ length: 8 }, (_, lane) => lab.signal(...alerts.filter((_, n) => n % 8 === lane))));
  const id = `incident/test/${lab.namespace}/Deployment/${name}`;
  const status = await lab.until(id, ({ outcome }) => outcome !== undefined);
  expect(status).toMatchObject({ outcome: 'resolved', received: 200 });
  expect(status.attempts).toHaveLength(1);
  expect(lab.questions - before).toBe(1);
  expect(await writesTo(name)).toHaveLength(1);
  await waitFor(
    async () => {
      const runs: string[] = [];
      const query = `KubernautTarget = 'Deployment/${lab.namespace}/${name}'`;
      for await (const info of lab.lab.client.workflow.list({ query })) runs.push(info.type);
      return runs.sort();
    },
    (runs) => runs.join() === 'incident,remediation',
    { what: 'runs of the target' },
  );
});

test('an alert whose pod belongs elsewhere than its name says is handed to the incident of its real owner', async () => {
  // Its last part cannot be the hash of a ReplicaSet, which has no vowels: by the pod’s name alone this is no Deployment.
  const name = `backup-${suffix()}-all`;
  const containers = [{ name: 'main', image: 'registry.test/web:1' }];
  await kubectl(['create', '-f', '-'], {
    input: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { namespace: lab.namespace, name },
      spec: { template: { spec: { restartPolicy: 'Never', containers } } },
    },
  });
  const pod = await waitFor(
    () =>
      kubectl([
        'get',
        'pods',
        '-n',
        lab.namespace,
        '-l',
        `job-name=${name}`,
        '-o',
        'jsonpath={.items[0].metadata.name}',
      ]),
    (found) => found !== '',
  );
  // By its name it is one of a DaemonSet.
  lab.script(name);
  const id = await lab.signal(lab.alert({ alertname: 'Foreign', pod }));
  expect(id).toBe(`incident/test/${lab.namespace}/DaemonSet/${name}`);
  const joined = `incident/test/${lab.namespace}/Job/${name}`;
  await expect(handle(id).result()).resolves.toMatchObject({ outcome: 'joined', joined });
  const { outcome, alerts } = await lab.until(joined, (status) => status.outcome !== undefined);
  expect([outcome, alerts.map((each) => each.name)]).toEqual(['escalated', ['Foreign']]);
});
