import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import { apply, codeOf, connectTestCluster, read, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('configs');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

async function configMap(fields: object = { data: { TIMEOUT: '5s', OTHER: 'x' } }): Promise<string> {
  const name = `settings-${suffix()}`;
  await kubectl(['create', '-f', '-'], {
    input: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, ...fields },
  });
  return name;
}
const patch = (name: string, params: object) =>
  runAction({
    cluster,
    action: 'patch_configmap',
    target: { kind: 'ConfigMap', namespace, name },
    params: { ...params },
  });
const dataOf = async (name: string) => (await read('ConfigMap', name, namespace)).data;

describe('patch_configmap', () => {
  test('sets and removes single keys, keeps what others write beside them, and puts its own back', async () => {
    const name = await configMap({ data: { TIMEOUT: '5s', OLD: 'x' } });
    const run = patch(name, { set: { TIMEOUT: '30s', NEW: 'n' }, remove: ['OLD', 'NEVER'] });
    const validation = await run.validate();
    expect(validation.diff).toEqual([
      { path: '/data/TIMEOUT', before: '5s', after: '30s' },
      { path: '/data/NEW', after: 'n' },
      { path: '/data/OLD', before: 'x' },
    ]);
    await kubectl(['patch', 'configmap', name, '-n', namespace, '-p', '{"data":{"THEIRS":"t"}}']);
    const effect = await run.execute(validation);
    expect(await dataOf(name)).toEqual({ TIMEOUT: '30s', NEW: 'n', THEIRS: 't' });
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    await run.rollback(validation, effect);
    expect(await dataOf(name)).toEqual({ TIMEOUT: '5s', OLD: 'x', THEIRS: 't' });
  });

  test('the undo of a first key takes the whole data away again', async () => {
    const name = await configMap({});
    const run = patch(name, { set: { A: '1' } });
    const validation = await run.validate();
    await run.execute(validation);
    expect(await dataOf(name)).toEqual({ A: '1' });
    await run.rollback(validation);
    expect(await dataOf(name)).toBeUndefined();
  });

  test('a later value of somebody else refutes verify and stops the undo', async () => {
    const name = await configMap();
    const run = patch(name, { set: { TIMEOUT: '30s' } });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    await kubectl(['patch', 'configmap', name, '-n', namespace, '-p', '{"data":{"TIMEOUT":"60s"}}']);
    expect(await run.verify(validation, effect)).toMatchObject({
      verified: false,
      summary: expect.stringContaining('60s'),
    });
    expect(await codeOf(run.rollback(validation, effect))).toMatchObject({ code: 'UNDO_CONFLICT' });
    expect(await dataOf(name)).toMatchObject({ TIMEOUT: '60s' });
  });

  test('what cannot be done is refused: immutable, binary, nothing to do, a key that is none, a value too long', async () => {
    const fixed = await configMap({ data: { A: '1' }, binaryData: { B: 'AA==' }, immutable: true });
    const refused = await codeOf(patch(fixed, { set: { A: '2', B: '3' } }).validate());
    expect(refused).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(refused.message).toMatch(/immutable.*B stands in its binaryData/);
    for (const params of [
      {},
      { set: { 'a/b': '1' } },
      { set: { A: 'x'.repeat(16_001) } },
      { set: { A: '1' }, remove: ['A'] },
      { set: { A: 1 } },
    ]) {
      expect(await codeOf(patch(fixed, params).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
    }
  });
});

const policySpec = (app: string) => ({ podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'] });
async function networkPolicy(): Promise<string> {
  const name = `policy-${suffix()}`;
  await createPolicy(name);
  return name;
}
const createPolicy = (name: string, app = 'web') =>
  apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, labels: { app } },
    spec: policySpec(app),
  });

describe('update_network_policy', () => {
  test('the same policy without the server’s defaults is no effect; a field that does not exist is refused', async () => {
    const name = await networkPolicy();
    const update = (spec: object) =>
      runAction({
        cluster,
        action: 'update_network_policy',
        target: { kind: 'NetworkPolicy', namespace, name },
        params: { spec: { ...spec } },
      });
    expect(await update({ podSelector: { matchLabels: { app: 'web' } } }).validate()).toMatchObject({ noEffect: true });
    const wrong = update({ ...policySpec('web'), ingress: [{ form: [] }] }).validate();
    expect(await codeOf(wrong)).toMatchObject({ code: 'REJECTED_BY_SERVER', message: expect.stringContaining('form') });
  });
});

describe('delete_network_policy', () => {
  const remove = (name: string) =>
    runAction({ cluster, action: 'delete_network_policy', target: { kind: 'NetworkPolicy', namespace, name } });
  const specOf = async (name: string) => {
    const { metadata, spec } = await read('NetworkPolicy', name, namespace);
    return { labels: metadata.labels, spec };
  };

  test('deletes it once, and the undo creates the same one, once', async () => {
    const [name, other] = [await networkPolicy(), await networkPolicy()];
    const before = await specOf(name);
    const run = remove(name);
    const validation = await run.validate();
    expect(await specOf(name)).toEqual(before);
    const effect = await run.execute(validation);
    expect(await kubectl(['get', 'networkpolicy', name, '-n', namespace, '--ignore-not-found'])).toBe('');
    expect(await run.execute(validation, 2)).toMatchObject({ changed: true });
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await run.rollback(validation)).toMatchObject({ changed: true });
    expect(await specOf(name)).toEqual(before);
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
    expect((await specOf(other)).spec).toEqual(policySpec('web'));
  });

  test('a policy that was changed or replaced meanwhile is left alone', async () => {
    const name = await networkPolicy();
    const run = remove(name);
    const validation = await run.validate();
    await kubectl(['label', 'networkpolicy', name, '-n', namespace, 'team=a']);
    expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
    await kubectl(['delete', 'networkpolicy', name, '-n', namespace]);
    await createPolicy(name, 'other');
    expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'TARGET_REPLACED' });
    expect(await codeOf(run.rollback(validation))).toMatchObject({ code: 'UNDO_CONFLICT' });
    expect((await specOf(name)).spec).toEqual(policySpec('other'));
  });
});
