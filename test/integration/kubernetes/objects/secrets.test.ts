import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import type { KubeObject } from '../../../../activities/cluster/cluster';
import { defaultActionSettings } from '../../../../config/action-settings';
import { KubernautError } from '../../../../plan/errors';
import { createNamespace, kubectl, kubectlJson } from '../../../setup';
import { runAction } from '../action-context';
import { codeOf, connectTestCluster, read, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('secrets');
  process.env['TEST_NEW_PASSWORD'] = 'new-hunter3';
});
afterAll(async () => {
  delete process.env['TEST_NEW_PASSWORD'];
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const { kubernetes } = defaultActionSettings;
const settings = (secrets: object) => ({
  kubernetes: { ...kubernetes, secrets: { ...kubernetes.secrets, ...secrets } },
});
const allowed = settings({ values: { password: { env: 'TEST_NEW_PASSWORD' } } });

async function secret(stringData: Record<string, string> = { PASSWORD: 'old-hunter2', OTHER: 'o' }, more: object = {}) {
  const name = `secret-${suffix()}`;
  await kubectl(['create', '-f', '-'], {
    input: { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData, ...more },
  });
  return name;
}

const run = (action: string, name: string, params: object, more: object = {}) =>
  runAction({
    cluster,
    action,
    target: { kind: 'Secret', namespace, name },
    params: { ...params },
    settings: allowed,
    ...more,
  });

async function values(name: string): Promise<Record<string, string>> {
  const { data = {} } = await read('Secret', name, namespace);
  return Object.fromEntries(
    Object.entries(data as Record<string, string>).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]),
  );
}

async function undoSecrets(target: string): Promise<KubeObject[]> {
  const { items } = await kubectlJson<{ items: KubeObject[] }>([
    'get',
    'secrets',
    '-n',
    namespace,
    '-l',
    'kubernaut.dev/undo=secret',
  ]);
  return items.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.name === target));
}

const patchPassword = { set: { PASSWORD: { configured: 'password' } } };

describe('patch_secret', () => {
  test('writes the value it has a reference to; the old one is kept in a Secret until the undo, and no output has either', async () => {
    const name = await secret();
    const step = run('patch_secret', name, patchPassword);
    const validation = await step.validate();
    expect(await values(name)).toEqual({ PASSWORD: 'old-hunter2', OTHER: 'o' });
    expect(await undoSecrets(name)).toEqual([]);
    const effect = await step.execute(validation);
    expect(await values(name)).toEqual({ PASSWORD: 'new-hunter3', OTHER: 'o' });
    const [kept, ...more] = await undoSecrets(name);
    expect(more).toEqual([]);
    expect(kept?.immutable).toBe(true);
    expect(await values(kept!.metadata.name)).toEqual({
      'before.PASSWORD': 'old-hunter2',
      'after.PASSWORD': 'new-hunter3',
    });
    const evidence = await step.verify(validation, effect);
    expect(evidence).toMatchObject({ verified: true });
    const undone = await step.rollback(validation);
    expect(await values(name)).toEqual({ PASSWORD: 'old-hunter2', OTHER: 'o' });
    expect(await undoSecrets(name)).toEqual([]);
    const said = JSON.stringify([validation, effect, evidence, undone]);
    for (const value of ['old-hunter2', 'new-hunter3'])
      for (const form of [value, Buffer.from(value).toString('base64')]) expect(said).not.toContain(form);
    expect(said).toMatch(/hash:[0-9a-f]{16}/);
  });

  test('a worker that dies between keeping and writing leaves nothing behind that the next attempt or the undo does not settle', async () => {
    const name = await secret();
    const step = run('patch_secret', name, { set: { TOKEN: { generate: { length: 20 } } } });
    const validation = await step.validate();
    const broken = brokenPatches(cluster);
    expect(
      await codeOf(
        run('patch_secret', name, step.step.params, { cluster: broken, operationId: step.step.operationId }).execute(
          validation,
        ),
      ),
    ).toMatchObject({ code: 'UNAVAILABLE' });
    const [kept] = await undoSecrets(name);
    const planned = (await values(kept!.metadata.name))['after.TOKEN'];
    await step.execute(validation, 2);
    expect((await values(name)).TOKEN).toBe(planned);
    await step.execute(validation, 3);
    expect((await values(name)).TOKEN).toBe(planned);
    await step.rollback(validation);
    expect(await values(name)).toEqual({ PASSWORD: 'old-hunter2', OTHER: 'o' });

    const another = run('patch_secret', name, step.step.params);
    const second = await another.validate();
    await codeOf(
      run('patch_secret', name, step.step.params, { cluster: broken, operationId: another.step.operationId }).execute(
        second,
      ),
    );
    expect(await undoSecrets(name)).toHaveLength(1);
    expect(await another.rollback(second)).toMatchObject({ changed: false });
    expect(await undoSecrets(name)).toEqual([]);
  });

  test('a later value of somebody else is left alone; without the kept values there is no undo', async () => {
    const name = await secret();
    const step = run('patch_secret', name, patchPassword);
    const validation = await step.validate();
    const effect = await step.execute(validation);
    await kubectl(['patch', 'secret', name, '-n', namespace, '-p', '{"stringData":{"PASSWORD":"theirs"}}']);
    expect(await step.verify(validation, effect)).toMatchObject({ verified: false });
    expect(await codeOf(step.rollback(validation, effect))).toMatchObject({
      code: 'UNDO_CONFLICT',
      message: expect.stringContaining('kubectl'),
    });
    expect((await values(name)).PASSWORD).toBe('theirs');

    const other = await secret();
    const again = run('patch_secret', other, patchPassword);
    const second = await again.validate();
    await again.execute(second);
    await kubectl(['delete', 'secret', (await undoSecrets(other))[0]!.metadata.name, '-n', namespace]);
    expect(await codeOf(again.rollback(second))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  });

  test('kept values whose time is over are deleted by the next change in the namespace', async () => {
    const [name, other] = [await secret(), await secret()];
    const short = settings({ values: allowed.kubernetes.secrets.values, keepUndoDays: 1e-8 });
    const old = run('patch_secret', name, patchPassword, { settings: short });
    await old.execute(await old.validate());
    const next = run('patch_secret', other, patchPassword);
    await next.execute(await next.validate());
    expect(await undoSecrets(name)).toEqual([]);
    expect(await undoSecrets(other)).toHaveLength(1);
  });

  test('what has no business in a Secret is refused, all of it at once', async () => {
    const name = await secret();
    const refused = await codeOf(
      run('patch_secret', name, {
        set: {
          A: { configured: 'database' },
          B: { secret: { namespace: 'kube-system', name: 'root', key: 'token' } },
          C: { secret: { name: 'not-there', key: 'x' } },
        },
      }).validate(),
    );
    expect(refused).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(refused.message).toMatch(/A: the settings allow no value database.*B: .*kube-system\/root.*C: .*not-there/);
    const fixed = await secret({ PASSWORD: 'x' }, { immutable: true });
    expect(await codeOf(run('patch_secret', fixed, patchPassword).validate())).toMatchObject({
      message: expect.stringContaining('immutable'),
    });
    for (const params of [
      {},
      { set: { A: 'hunter2' } },
      { set: { A: { env: 'PATH' } } },
      { set: { A: { generate: { length: 3 } } } },
    ])
      expect(await codeOf(run('patch_secret', name, params).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  });

  test('a source that changed since the preview stops the step', async () => {
    const [name, source] = [await secret(), await secret({ password: 'one' })];
    const step = run('patch_secret', name, { set: { PASSWORD: { secret: { name: source, key: 'password' } } } });
    const validation = await step.validate();
    await kubectl(['patch', 'secret', source, '-n', namespace, '-p', '{"stringData":{"password":"two"}}']);
    expect(await codeOf(step.execute(validation))).toMatchObject({
      code: 'TARGET_CHANGED',
      message: expect.stringContaining('source'),
    });
    expect((await values(name)).PASSWORD).toBe('old-hunter2');
  });
});

test('rotate_secret writes a random value of the form asked for, and only to keys that exist', async () => {
  const name = await secret();
  const step = run('rotate_secret', name, { keys: { PASSWORD: { length: 40, charset: 'hex' } } });
  const validation = await step.validate();
  expect(validation.diff).toEqual([
    { path: '/data/PASSWORD', before: expect.stringMatching(/^hash:/), after: 'generated: 40 characters, hex' },
  ]);
  const effect = await step.execute(validation);
  expect((await values(name)).PASSWORD).toMatch(/^[0-9a-f]{40}$/);
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  const missing = run('rotate_secret', name, { keys: { TYPO: {} } });
  expect(await codeOf(missing.validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('no key TYPO'),
  });
});

test('copy_secret copies from a namespace that the settings allow, and from no other', async () => {
  const elsewhere = await createNamespace('secrets-from');
  const input = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'ca', namespace: elsewhere },
    stringData: { 'ca.crt': 'CERT' },
  };
  await kubectl(['create', '-f', '-'], { input });
  const name = await secret({ 'ca.crt': 'OLD', other: 'o' });
  const copy = (secrets: object, more: object = {}) =>
    run('copy_secret', name, { from: { namespace: elsewhere, name: 'ca' }, ...more }, { settings: settings(secrets) });
  const allowedFrom = { copyFrom: [{ namespace: elsewhere, names: ['ca'] }] };
  for (const secrets of [{}, { copyFrom: [{ namespace: elsewhere, names: ['other'] }] }])
    expect(await codeOf(copy(secrets).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('copyFrom'),
    });
  expect(await codeOf(copy(allowedFrom, { keys: ['tls.key'] }).validate())).toMatchObject({
    message: expect.stringContaining('no key tls.key'),
  });
  const step = copy(allowedFrom);
  const validation = await step.validate();
  const effect = await step.execute(validation);
  expect(await values(name)).toEqual({ 'ca.crt': 'CERT', other: 'o' });
  expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
  await step.rollback(validation, effect);
  expect(await values(name)).toEqual({ 'ca.crt': 'OLD', other: 'o' });
  expect(await copy(allowedFrom, { keys: ['ca.crt'] }).validate()).toMatchObject({ noEffect: false });
  await kubectl(['delete', 'namespace', elsewhere, '--wait=false']);
});

/** The connection breaks at every stored patch. */
function brokenPatches(real: ConnectedCluster): ConnectedCluster {
  return new Proxy(real, {
    get(target, property) {
      if (property === 'boundTo') return () => brokenPatches(target);
      if (property === 'patch')
        return (...args: Parameters<ConnectedCluster['patch']>) => {
          if (args[2]?.dryRun) return target.patch(...args);
          throw new KubernautError('UNAVAILABLE', 'patch: the connection broke');
        };
      const value: unknown = target[property as keyof ConnectedCluster];
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

describe('copy_secret to a Secret that is not there', () => {
  const copy = (from: string, more: object = {}) => {
    const name = `copy-${suffix()}`;
    return { name, step: run('copy_secret', name, { from: { name: from }, ...more }) };
  };
  const remains = async (name: string) =>
    (await kubectl(['get', 'secret', name, '-n', namespace, '--ignore-not-found'])) !== '';

  test('creates it once, of the same type and without its values in any output, and the undo deletes it', async () => {
    const source = await secret({ 'ca.crt': 'hunter2-ca', user: 'anna-hunter' }, { type: 'example.dev/ca' });
    const { name, step } = copy(source);
    const validation = await step.validate();
    expect(validation.diff.map(({ path }) => path)).toEqual(['/data/ca.crt', '/data/user']);
    expect(await remains(name)).toBe(false);
    const effect = await step.execute(validation);
    expect(await values(name)).toEqual({ 'ca.crt': 'hunter2-ca', user: 'anna-hunter' });
    const { metadata, type } = await read('Secret', name, namespace);
    expect(type).toBe('example.dev/ca');
    expect(await step.execute(validation, 2)).toEqual(effect);
    const evidence = await step.verify(validation, effect);
    expect(evidence).toMatchObject({ verified: true, data: { uid: metadata.uid } });
    expect(await undoSecrets(name)).toHaveLength(0);
    const undone = await step.rollback(validation);
    expect(undone).toMatchObject({ changed: true });
    expect(await remains(name)).toBe(false);
    expect(await step.rollback(validation, effect)).toMatchObject({ changed: false });
    const said = JSON.stringify([validation, effect, evidence, undone]);
    for (const value of ['hunter2-ca', 'anna-hunter'])
      for (const text of [value, Buffer.from(value).toString('base64')]) expect(said).not.toContain(text);
  });

  test('leaves alone what somebody created or changed meanwhile', async () => {
    const { name, step } = copy(await secret({ user: 'anna' }));
    const validation = await step.validate();
    await kubectl(['create', 'secret', 'generic', name, '-n', namespace, '--from-literal=user=anna']);
    expect(await codeOf(step.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await step.rollback(validation)).toMatchObject({ changed: false });
    await kubectl(['delete', 'secret', name, '-n', namespace]);
    const effect = await step.execute(validation);
    await kubectl(['patch', 'secret', name, '-n', namespace, '--type=merge', '-p', '{"stringData":{"more":"x"}}']);
    expect(await step.verify(validation, effect)).toMatchObject({ verified: false });
    expect(await codeOf(step.rollback(validation))).toMatchObject({
      code: 'UNDO_CONFLICT',
      message: expect.stringContaining('kubectl'),
    });
    expect(await values(name)).toEqual({ user: 'anna', more: 'x' });
  });

  test('is refused without a source, without its keys, and when the source changed after the approval', async () => {
    const source = await secret({ user: 'anna' });
    expect(await codeOf(copy('not-there').step.validate())).toMatchObject({ code: 'TARGET_NOT_FOUND' });
    expect(await codeOf(copy(source, { keys: ['user', 'ca'] }).step.validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('has no key ca'),
    });
    const { name, step } = copy(source);
    const validation = await step.validate();
    await kubectl(['patch', 'secret', source, '-n', namespace, '--type=merge', '-p', '{"stringData":{"user":"eve"}}']);
    expect(await codeOf(step.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await remains(name)).toBe(false);
  });
});
