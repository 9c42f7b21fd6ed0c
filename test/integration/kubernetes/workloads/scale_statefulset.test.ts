import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import { codeOf, connectTestCluster, createWorkload, podsOf, read, suffix, workload } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('scale-sets');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const scale = (name: string, params: object, more: { kind?: string; deadlineMs?: number } = {}) =>
  runAction({
    cluster,
    action: 'scale_statefulset',
    target: { kind: more.kind ?? 'StatefulSet', namespace, name },
    params: { ...params },
    deadlineMs: more.deadlineMs,
  });

test('a pod of the set stands for the set', async () => {
  const name = `db-${suffix()}`;
  await createWorkload(namespace, name, { kind: 'StatefulSet', replicas: 1 });
  const run = scale(`${name}-0`, { by: 1 }, { kind: 'Pod' });
  const validation = await run.validate();
  expect(validation.target).toMatchObject({ kind: 'StatefulSet', name });
  const effect = await run.execute(validation);
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true, data: { replicas: 2, ready: 2 } });
  expect((await podsOf(namespace, name)).map(({ metadata }) => metadata.name).sort()).toEqual([
    `${name}-0`,
    `${name}-1`,
  ]);
});

test('where the retention policy deletes the claims of the pods that go, going down is refused unless asked for', async () => {
  const name = `db-${suffix()}`;
  await kubectl(['create', '-f', '-'], {
    input: workload(namespace, name, {
      kind: 'StatefulSet',
      replicas: 2,
      spec: {
        persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    }),
  });
  expect(await codeOf(scale(name, { by: -1 }).validate())).toMatchObject({
    code: 'PRECONDITION_FAILED',
    message: expect.stringContaining('deleteClaims'),
  });
  const run = scale(name, { by: -1, deleteClaims: true });
  const validation = await run.validate();
  expect(validation.warnings.join()).toContain('are deleted, data included');
  const effect = await run.execute(validation);
  expect(effect.irreversible?.join()).toContain('volume claims');
  expect((await read('StatefulSet', name, namespace)).spec?.replicas).toBe(1);
});

test('an ordered set with a broken pod adds none: the preview says so, and verify does not pass', async () => {
  const name = `db-${suffix()}`;
  const broken = { kind: 'StatefulSet', replicas: 1, image: 'registry.test/web:broken' } as const;
  await kubectl(['create', '-f', '-'], { input: workload(namespace, name, broken) });
  const run = scale(name, { replicas: 2 }, { deadlineMs: 2_500 });
  const validation = await run.validate();
  expect(validation.warnings.join()).toContain('an ordered StatefulSet adds none');
  const effect = await run.execute(validation);
  expect(await codeOf(run.verify(validation, effect))).toMatchObject({
    code: 'DEADLINE_EXCEEDED',
    message: expect.stringContaining('0 of 2 replicas ready, 1 exist'),
  });
  expect((await codeOf(scale(name, { factor: 10, max: 5 }).validate())).message).toContain('more than max (5)');
});
