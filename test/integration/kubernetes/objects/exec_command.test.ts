import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { defaultActionSettings } from '../../../../config/action-settings';
import { kubernetesActionsSchema } from '../../../../config/sections/kubernetes-actions';
import { auditEvents, createNamespace, kubectl, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import { apply, codeOf, connectAs, connectTestCluster, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
let folder: string;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('exec');
  folder = await mkdtemp(join(tmpdir(), 'kubernaut-exec-test-'));
});
afterAll(async () => {
  cluster.close();
  await rm(folder, { recursive: true });
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const manifest = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app: 'web' } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image: 'registry.test/web:1' }] },
});

/** A pod in which a command is a process of the KWOK controller, in `folder`. */
async function runningPod(): Promise<string> {
  const name = `web-${suffix()}`;
  await apply({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Exec',
    metadata: { name, namespace },
    spec: { execs: [{ local: { workDir: folder } }] },
  });
  await apply(manifest(name));
  await waitFor(
    () =>
      kubectl(['exec', name, '-n', namespace, '--', '/bin/true']).then(
        () => true,
        () => false,
      ),
    (runs) => runs,
  );
  return name;
}

const shell = (script: string, more: object = {}) => ({
  description: 'A test',
  command: ['/bin/sh', '-c', script, 'sh', '{{file}}'],
  args: { file: { type: 'string', default: 'log', pattern: '.+' } },
  ...more,
});
const execCommands = {
  append: shell('echo run >> "$1"; echo done; echo token=hunter2222 >&2'),
  again: shell('echo run >> "$1"', { idempotent: true }),
  fail: shell('echo run >> "$1"; echo half; exit 3'),
  long: shell('echo begun; echo run >> "$1"; exec sleep 20', { timeoutSeconds: 1 }),
  noisy: shell('i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo "line $i"; done'),
  elsewhere: {
    description: 'Not here',
    command: ['x'],
    namespaces: ['bank'],
    container: 'db',
    selector: { app: 'db' },
  },
};
const settingsOf = (commands: object) => ({
  ...defaultActionSettings,
  kubernetes: kubernetesActionsSchema.parse({ execCommands: commands }),
});
const exec = (name: string, params: object, more: object = {}) =>
  runAction({
    cluster,
    action: 'exec_command',
    target: { kind: 'Pod', namespace, name },
    params: { ...params },
    settings: settingsOf(execCommands),
    ...more,
  });
const runs = async (file: string) =>
  (await readFile(join(folder, file), 'utf8').catch(() => '')).split('\n').filter(Boolean).length;

test('runs the command once, with its argument as one item, and tells the end of its output without secrets', async () => {
  const name = await runningPod();
  const file = `a b;$(touch evil)-${suffix()}`;
  const step = exec(name, { command: 'append', args: { file } });
  const validation = await step.validate();
  expect(validation.diff[0]?.after).toMatchObject({
    exec: { container: 'web', command: expect.arrayContaining([file]) },
  });
  expect(await runs(file)).toBe(0);
  const effect = await step.execute(validation);
  expect(effect).toMatchObject({ changed: true, data: { exitCode: 0 } });
  // It writes to both streams; which of two comes first is not said by the protocol.
  expect(String(effect.data['output']).trim().split('\n').sort()).toEqual(['done', 'token=[redacted]']);
  expect(effect.irreversible).toEqual([`append was run in Pod ${namespace}/${name}`]);
  expect(await runs(file)).toBe(1);
  expect(await runs('evil')).toBe(0);
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true, data: { exitCode: 0 } });
  expect(await codeOf(step.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  const seen = await auditEvents({ namespace, resource: 'pods', name, subresource: 'exec', userAgent: 'kubernaut/' });
  expect(seen.map(({ responseStatus }) => responseStatus?.code)).toContain(101);
});

test('a second attempt does not run it again, unless the settings call it idempotent', async () => {
  const name = await runningPod();
  const once = `once-${suffix()}`;
  const step = exec(name, { command: 'append', args: { file: once } });
  const validation = await step.validate();
  await step.execute(validation);
  expect(await codeOf(step.execute(validation, 2))).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('append may have run'),
  });
  expect(await runs(once)).toBe(1);
  const twice = `twice-${suffix()}`;
  const again = exec(name, { command: 'again', args: { file: twice } });
  const preview = await again.validate();
  await again.execute(preview, 2);
  expect(await runs(twice)).toBe(1);
});

test('a command that fails, or does not end, refutes; it is not run a second time', async () => {
  const name = await runningPod();
  const [failing, long] = [`fail-${suffix()}`, `long-${suffix()}`];
  const fail = exec(name, { command: 'fail', args: { file: failing } });
  const first = await fail.validate();
  const effect = await fail.execute(first);
  expect(effect).toMatchObject({ changed: true, data: { ended: 'error', output: 'half\n' } });
  expect(await fail.verify(first, effect)).toMatchObject({
    verified: false,
    summary: expect.stringContaining('exit status 3'),
  });
  const endless = exec(name, { command: 'long', args: { file: long } });
  const second = await endless.validate();
  const late = await endless.execute(second);
  expect(late).toMatchObject({ data: { ended: 'timeout', output: 'begun\n' } });
  expect(await endless.verify(second, late)).toMatchObject({
    verified: false,
    summary: expect.stringContaining('may still be running'),
  });
  expect([await runs(failing), await runs(long)]).toEqual([1, 1]);
});

test('a cancel while it runs says that it may run on', async () => {
  const name = await runningPod();
  const file = `cancelled-${suffix()}`;
  const step = exec(name, { command: 'long', args: { file } });
  const validation = await step.validate();
  const running = codeOf(step.execute(validation));
  await waitFor(
    () => runs(file),
    (count) => count === 1,
  );
  step.abort.abort();
  expect(await running).toMatchObject({ code: 'CANCELLED', message: expect.stringContaining('may run on') });
});

test('of a long output the end is told', async () => {
  const step = exec(await runningPod(), { command: 'noisy' });
  const validation = await step.validate();
  const { data } = await step.execute(validation);
  expect(Buffer.byteLength(String(data.output))).toBeLessThanOrEqual(8 * 1024 + 4);
  expect(String(data.output)).toMatch(/^…\nline \d+\n[^]*line 4000\n$/);
});

test('only what the settings describe is run, only where they say, and only as it was previewed', async () => {
  const name = await runningPod();
  expect(await codeOf(exec(name, { command: 'reboot' }).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('there are: append, again'),
  });
  expect(await codeOf(exec(name, { command: 'elsewhere', args: { to: 'x' } }).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringMatching(/no argument to.*for bank only.*app=db.*no container db; there are: web/),
  });
  for (const bad of [
    { command: ['sh'] },
    { command: 'append', shell: 'x' },
    { command: 'append', args: { file: {} } },
  ]) {
    expect(await codeOf(exec(name, bad).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  }
  expect(await codeOf(exec('not-there', { command: 'append' }).validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  const file = `changed-${suffix()}`;
  const step = exec(name, { command: 'append', args: { file } });
  const validation = await step.validate();
  const changed = exec(name, { command: 'append', args: { file } }, { settings: settingsOf({ append: shell('x') }) });
  expect(await codeOf(changed.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
  await kubectl(['delete', 'pod', name, '-n', namespace]);
  await apply(manifest(name));
  expect(await codeOf(step.execute(validation))).toMatchObject({ code: 'TARGET_REPLACED' });
  expect(await runs(file)).toBe(0);
});

test('a pod that KWOK opens to nobody, and an account without the right, run nothing', async () => {
  const name = await runningPod();
  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
  const powerless = await connectAs(namespace, rules);
  const refused = await codeOf(exec(name, { command: 'append' }, { cluster: powerless }).validate());
  powerless.close();
  expect(refused).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('create pods/exec') });
  const closed = `closed-${suffix()}`;
  await apply(manifest(closed));
  await kubectl(['wait', 'pod', closed, '--for=condition=Ready', '-n', namespace, '--timeout=20s']);
  const step = exec(closed, { command: 'append' });
  const validation = await step.validate();
  const effect = await step.execute(validation);
  expect(await step.verify(validation, effect)).toMatchObject({ verified: false });
});
