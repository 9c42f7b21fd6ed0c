import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import type { Cluster, KubeObject } from '../../../../activities/cluster/cluster';
import { installCrds } from '../../../../tools/conformance/crds';
import { createNamespace, kubectl, kubectlJson, testEnvironment } from '../../../setup';
import { runAction, type RunOptions } from '../action-context';
import { apply, codeOf, connectAs, connectTestCluster, storedWrites, suffix } from '../fixtures';
import { stageVolumes, type StagedVolumes } from './staged-volumes';

const API = 'snapshot.storage.k8s.io/v1';
const className = `class-${suffix()}`;
let namespace: string;
let cluster: ConnectedCluster;
let volumes: StagedVolumes;
beforeAll(async () => {
  await installCrds(testEnvironment(), ['volumesnapshots', 'volumesnapshotclasses']);
  cluster = connectTestCluster();
  namespace = await createNamespace('snapshots');
  volumes = stageVolumes(namespace);
  const make = (name: string, driver: string, deletionPolicy: string) => ({
    ...{ apiVersion: API, kind: 'VolumeSnapshotClass', metadata: { name } },
    ...{ driver, deletionPolicy },
  });
  const items = [
    make(className, 'example.com', 'Delete'),
    make(`${className}-keep`, 'example.com', 'Retain'),
    make(`${className}-other`, 'files.example.com', 'Delete'),
  ];
  await apply({ apiVersion: 'v1', kind: 'List', items });
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  const classes = [className, `${className}-keep`, `${className}-other`];
  await kubectl(['delete', 'volumesnapshotclass', ...classes, '--ignore-not-found', '--wait=false']);
  await volumes.remove();
});

const run = (claim: string, more: Partial<RunOptions> = {}) =>
  runAction({
    cluster,
    action: 'snapshot_pvc',
    target: { kind: 'PersistentVolumeClaim', namespace, name: claim },
    params: { class: className },
    ...more,
  });

async function snapshotsOf(claim: string): Promise<KubeObject[]> {
  const { items } = await kubectlJson<{ items: KubeObject[] }>(['get', 'volumesnapshot', '-n', namespace]);
  return items.filter(({ spec }) => JSON.stringify(spec).includes(`"persistentVolumeClaimName":"${claim}"`));
}

/** No CSI driver runs here: the test says what the snapshot controller would write into the status. */
const controllerSays = (snapshot: string, status: object) =>
  kubectl([
    ...['patch', 'volumesnapshot', snapshot, '-n', namespace, '--subresource=status', '--type=merge'],
    ...['-p', JSON.stringify({ status })],
  ]);

/** One that was made, not yet ready. */
async function taken(more: Partial<RunOptions> = {}) {
  const claim = await volumes.claim();
  const step = run(claim, more);
  const validation = await step.validate();
  const effect = await step.execute(validation);
  return { claim, step, validation, effect, name: String(effect.data.snapshot) };
}

test('validate has the server try it, and makes nothing', async () => {
  const claim = await volumes.claim();
  const validation = await run(claim).validate();
  expect(validation).toMatchObject({ noEffect: false, before: { class: className, deletionPolicy: 'Delete' } });
  expect(validation.diff).toMatchObject([{ path: '', after: { kind: 'VolumeSnapshot', class: className } }]);
  expect(validation.warnings.join()).toContain('as after a power cut');
  expect(await snapshotsOf(claim)).toEqual([]);
});

test('twice is one snapshot, true only when it can be used, and the undo deletes exactly that one, once', async () => {
  const { claim, step, validation, effect, name } = await taken();
  expect(effect).toMatchObject({ changed: true });
  expect(await step.execute(validation, 2)).toEqual(effect);
  const [made, ...others] = await snapshotsOf(claim);
  expect(others).toEqual([]);
  expect(made).toMatchObject({
    metadata: { name, uid: effect.data.uid, annotations: { 'kubernaut.dev/operation-id': step.step.operationId } },
    spec: { volumeSnapshotClassName: className, source: { persistentVolumeClaimName: claim } },
  });
  const impatient = run(claim, { operationId: step.step.operationId, deadlineMs: 1_000 }).verify(validation, effect);
  expect(await codeOf(impatient)).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: expect.stringContaining('no snapshot controller has taken it up'),
  });
  const verified = step.verify(validation, effect);
  await controllerSays(name, { boundVolumeSnapshotContentName: 'content', readyToUse: false });
  await controllerSays(name, { readyToUse: true, restoreSize: '1Gi' });
  expect(await verified).toMatchObject({ verified: true, data: { snapshot: name, restoreSize: '1Gi' } });

  expect(await step.rollback(validation, effect)).toMatchObject({ changed: true });
  expect(await snapshotsOf(claim)).toEqual([]);
  expect(await step.rollback(validation)).toMatchObject({ changed: false });
  expect(await storedWrites({ resource: 'volumesnapshots', name, namespace, subresource: '' })).toHaveLength(2);
});

test('an error that stands ends the wait early; one that is mended does not', async () => {
  const { step, validation, effect, name } = await taken();
  const mended = step.verify(validation, effect);
  await controllerSays(name, { error: { message: 'the object has been modified' } });
  // eslint-disable-next-line unicorn/no-null -- a merge patch takes a field away by null
  await controllerSays(name, { error: null, readyToUse: true });
  expect(await mended).toMatchObject({ verified: true });
  await controllerSays(name, { error: { message: 'driver has no\nsnapshots' }, readyToUse: false });
  expect(await step.verify(validation, effect)).toMatchObject({
    verified: false,
    summary: expect.stringContaining('driver has no snapshots'),
  });
});

test('a deleted snapshot refutes, and one of the same name by somebody else is neither believed nor deleted', async () => {
  const { step, validation, effect, name } = await taken();
  const { spec, apiVersion, kind } = await kubectlJson<KubeObject & Record<string, unknown>>([
    ...['get', 'volumesnapshot', name, '-n', namespace],
  ]);
  await kubectl(['delete', 'volumesnapshot', name, '-n', namespace]);
  await apply({ apiVersion, kind, metadata: { name, namespace }, spec });
  await controllerSays(name, { readyToUse: true });
  expect(await step.verify(validation, effect)).toMatchObject({ verified: false });
  expect(await codeOf(step.execute(validation, 2))).toMatchObject({ code: 'PRECONDITION_FAILED' });
  expect(await step.rollback(validation, effect)).toMatchObject({ changed: false });
  expect(await kubectl(['get', 'volumesnapshot', name, '-n', namespace, '-o', 'name'])).toContain(name);
});

test('the undo leaves a snapshot that somebody labelled, or restores from, alone', async () => {
  const one = await taken();
  await kubectl(['label', 'volumesnapshot', one.name, '-n', namespace, 'keep=yes']);
  const labelled = await codeOf(one.step.rollback(one.validation, one.effect));
  expect(labelled).toMatchObject({ code: 'UNDO_CONFLICT', message: expect.stringContaining('kubectl') });

  const two = await taken();
  await apply({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: `restored-${two.claim}`, namespace },
    spec: {
      storageClassName: two.claim,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: two.name },
    },
  });
  const restoring = await codeOf(two.step.rollback(two.validation));
  expect(restoring).toMatchObject({ code: 'UNDO_CONFLICT', message: expect.stringContaining(`restored-${two.claim}`) });
  expect(await snapshotsOf(two.claim)).toHaveLength(1);
});

test('a finalizer holds the undo until the stored snapshot is gone; a class that retains it is named', async () => {
  const { claim, step, validation, effect, name } = await taken({ params: { class: `${className}-keep` } });
  expect(validation.warnings.join()).toContain('keeps the stored snapshot');
  const finalizers = (names: string[]) =>
    kubectl([
      ...['patch', 'volumesnapshot', name, '-n', namespace, '--type=merge'],
      ...['-p', JSON.stringify({ metadata: { finalizers: names } })],
    ]);
  await finalizers(['snapshot.storage.kubernetes.io/volumesnapshot-bound-protection']);
  const impatient = run(claim, { operationId: step.step.operationId, deadlineMs: 1_000 }).rollback(validation, effect);
  expect(await codeOf(impatient)).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: expect.stringContaining('bound-protection'),
  });
  const undone = step.rollback(validation, effect);
  await finalizers([]);
  expect((await undone).summary).toContain('the stored snapshot is kept');
  expect(await snapshotsOf(claim)).toEqual([]);
});

test('a claim that was replaced meanwhile is not snapshot', async () => {
  const claim = await volumes.claim();
  const step = run(claim);
  const validation = await step.validate();
  await kubectl(['delete', 'pvc', claim, '-n', namespace]);
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '' };
  await apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: claim, namespace }, spec });
  expect(await codeOf(step.execute(validation))).toMatchObject({ code: 'TARGET_REPLACED' });
  expect(await snapshotsOf(claim)).toEqual([]);
});

test('what cannot be done is refused by its right name, all reasons at once', async () => {
  const [claim, local] = [await volumes.claim(), await volumes.claim({ csi: false })];
  const pending = `pending-${suffix()}`;
  const spec = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: 'none',
  };
  await apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: pending, namespace }, spec });
  const refused = (name: string, more: Partial<RunOptions> = {}) => codeOf(run(name, more).validate());

  expect(await refused('not-there')).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  expect(await refused(claim, { params: { class: '' } })).toMatchObject({ code: 'PARAMS_INVALID' });
  expect(await refused(claim, { params: { klass: 'x' } })).toMatchObject({ code: 'PARAMS_INVALID' });
  for (const [name, params, words] of [
    [claim, { class: 'nope' }, `no VolumeSnapshotClass nope`],
    [claim, { class: `${className}-other` }, 'is for driver files.example.com, the volume is of example.com'],
    [claim, {}, 'driver example.com has no default VolumeSnapshotClass'],
    [pending, {}, 'it is Pending, so there is no volume to snapshot'],
    [local, {}, 'is not of a CSI driver'],
  ] as const) {
    const refusal = await refused(name, { params });
    expect(refusal).toMatchObject({ code: 'PRECONDITION_FAILED', message: expect.stringContaining(words) });
  }

  // The CRDs stay in the cluster for other tests, so here the server is asked for a version that it does not have.
  const without = withoutSnapshots(cluster);
  const both = await refused(pending, { cluster: without });
  expect(both).toMatchObject({ code: 'PRECONDITION_FAILED', message: expect.stringContaining('external-snapshotter') });
  expect(both.message).toContain('it is Pending');

  const powerless = await connectAs(namespace);
  const forbidden = await refused(claim, { cluster: powerless });
  powerless.close();
  expect(forbidden.code).toBe('FORBIDDEN');
  expect(forbidden.message).toMatch(/create snapshot.storage.k8s.io\/volumesnapshots/);
});

function withoutSnapshots(real: ConnectedCluster): ConnectedCluster {
  const wrap = (from: Cluster): Cluster =>
    new Proxy(from, {
      get(of, key) {
        if (key === 'boundTo') return (signal: AbortSignal) => wrap(of.boundTo?.(signal) ?? of);
        if (key === 'resolveKind')
          return (kind: string, version?: string) =>
            of.resolveKind(kind, version === API ? 'snapshot.storage.k8s.io/v0' : version);
        const value = Reflect.get(of, key) as unknown;
        return typeof value === 'function' ? value.bind(of) : value;
      },
    });
  return wrap(real) as ConnectedCluster;
}
