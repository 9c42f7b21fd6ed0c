import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import { apply, codeOf, connectTestCluster, read } from '../fixtures';
import { stageVolumes, type StagedVolumes } from './staged-volumes';

let namespace: string;
let cluster: ConnectedCluster;
let volumes: StagedVolumes;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('storage');
  volumes = stageVolumes(namespace);
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  await volumes.remove();
});

const run = (action: string, name: string, params: object, deadlineMs?: number) =>
  runAction({
    cluster,
    action,
    target: { kind: 'PersistentVolumeClaim', namespace, name },
    params: { ...params },
    deadlineMs,
  });
const status = (name: string, patch: object) =>
  kubectl(['patch', 'pvc', name, '-n', namespace, '--subresource=status', '-p', JSON.stringify({ status: patch })]);

describe('expand_pvc', () => {
  test('requests the size once, and is true only when the volume has it', async () => {
    const name = await volumes.claim();
    const step = run('expand_pvc', name, { size: '2Gi' });
    const validation = await step.validate();
    expect(validation.diff).toEqual([{ path: '/spec/resources/requests/storage', before: '1Gi', after: '2Gi' }]);
    const effect = await step.execute(validation);
    expect(effect).toMatchObject({ changed: true, irreversible: [expect.stringContaining('2Gi')] });
    const { resourceVersion } = (await read('PersistentVolumeClaim', name, namespace)).metadata;
    await step.execute(validation, 2);
    expect((await read('PersistentVolumeClaim', name, namespace)).metadata.resourceVersion).toBe(resourceVersion);
    const impatient = run('expand_pvc', name, { size: '2Gi' }, 1_000).verify(validation, effect);
    expect(await codeOf(impatient)).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('1Gi'),
    });
    await status(name, { conditions: [{ type: 'FileSystemResizePending', status: 'True' }] });
    expect(await step.verify(validation, effect)).toMatchObject({
      verified: true,
      data: { fileSystemResizePending: true },
    });
    await status(name, { capacity: { storage: '2Gi' } });
    expect(await step.verify(validation, effect)).toMatchObject({ verified: true, data: { capacity: '2Gi' } });
    expect(await codeOf(step.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  });

  test('a driver that cannot is an early failure', async () => {
    const name = await volumes.claim();
    const step = run('expand_pvc', name, { size: '2Ti' });
    const validation = await step.validate();
    const effect = await step.execute(validation);
    await status(name, { allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' } });
    expect(await step.verify(validation, effect)).toMatchObject({
      verified: false,
      summary: expect.stringContaining('Infeasible'),
    });
  });

  test('grows by a factor up to its cap, once; at the cap it is refused', async () => {
    const name = await volumes.claim();
    const size = { factor: 1.5, cap: '1800Mi' };
    const step = run('expand_pvc', name, { size });
    const validation = await step.validate();
    expect(validation.diff).toMatchObject([{ before: '1Gi', after: '1536Mi' }]);
    const effect = await step.execute(validation);
    await step.execute(validation, 2);
    const requested = async () => (await read('PersistentVolumeClaim', name, namespace)).spec?.['resources'];
    expect(await requested()).toMatchObject({ requests: { storage: '1536Mi' } });
    await status(name, { capacity: { storage: '1536Mi' } });
    expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
    const last = await run('expand_pvc', name, { size }).validate();
    expect(last.diff).toMatchObject([{ after: '1800Mi' }]);
    await run('expand_pvc', name, { size }).execute(last);
    expect(await codeOf(run('expand_pvc', name, { size }).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('the most that is allowed'),
    });
  });

  test('what cannot grow is refused: smaller, no expansion allowed, no quantity; the same size is no effect', async () => {
    const [name, fixed] = [await volumes.claim(), await volumes.claim({ expandable: false })];
    expect(await codeOf(run('expand_pvc', fixed, { size: '512Mi' }).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringMatching(/only grows.*does not allow expansion/),
    });
    expect(await codeOf(run('expand_pvc', name, { size: 'big' }).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
    expect(await run('expand_pvc', name, { size: '1024Mi' }).validate()).toMatchObject({ noEffect: true });
  });
});

describe('delete_pvc', () => {
  test('a claim that a pod uses stays; without pods it is deleted once and its volume kept', async () => {
    const name = await volumes.claim();
    await apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'web', image: 'registry.test/web:1' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }],
      },
    });
    const step = run('delete_pvc', name, {});
    expect(await codeOf(step.validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining(`${namespace}/${name}`),
    });
    await kubectl(['delete', 'pod', name, '-n', namespace, '--force', '--grace-period=0']);
    const validation = await step.validate();
    const effect = await step.execute(validation);
    expect(effect.irreversible?.join()).toContain(`${namespace}/${name} was deleted`);
    expect(await step.execute(validation, 2)).toMatchObject({ changed: true });
    expect(await step.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await kubectl(['get', 'pvc', name, '-n', namespace, '--ignore-not-found'])).toBe('');
    expect((await read('PersistentVolume', name)).status?.phase).toBe('Released');
  });

  test('a volume that would be lost with it needs loseData', async () => {
    const name = await volumes.claim({ reclaim: 'Delete' });
    expect(await codeOf(run('delete_pvc', name, {}).validate())).toMatchObject({
      message: expect.stringContaining('loseData'),
    });
    const { warnings } = await run('delete_pvc', name, { loseData: true }).validate();
    expect(warnings.join()).toContain('deleted with all data');
  });
});
