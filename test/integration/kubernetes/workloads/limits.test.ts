import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { createNamespace, kubectl, kubectlJson, waitFor } from '../../../setup';
import { runAction } from '../action-context';
import { apply, codeOf, connectTestCluster, createWorkload, read, storedWrites, suffix } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('limits');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

describe('update_hpa', () => {
  const hpa = (name: string, params: object, more: { deadlineMs?: number } = {}) =>
    runAction({
      cluster,
      action: 'update_hpa',
      target: { kind: 'HorizontalPodAutoscaler', namespace, name },
      params: { ...params },
      ...more,
    });

  async function createHpa(replicas = 2): Promise<string> {
    const name = `web-${suffix()}`;
    await createWorkload(namespace, name, { replicas });
    await kubectl(['autoscale', 'deployment', name, '-n', namespace, '--min=1', '--max=4', '--cpu=80%']);
    return name;
  }

  test('a higher minimum becomes more pods, and the undo restores the bounds exactly', async () => {
    const name = await createHpa();
    const before = await read('HorizontalPodAutoscaler', name, namespace);
    const run = hpa(name, { min: { by: 2 }, max: { factor: 1.5 }, cpu: 60 });
    const validation = await run.validate();
    expect(validation.summary).toBe(`HPA ${namespace}/${name} min 1 → 3, max 4 → 6, cpu 80 → 60 %`);
    const effect = await run.execute(validation);
    expect(await run.execute(validation, 2)).toEqual(effect);
    expect(await storedWrites({ resource: 'horizontalpodautoscalers', name, namespace })).toHaveLength(1);
    expect(await run.verify(validation, effect)).toMatchObject({
      verified: true,
      data: { min: 3, max: 6, replicas: 3, scaling: false },
    });
    expect((await read('Deployment', name, namespace)).spec?.replicas).toBe(3);
    await run.rollback(validation, effect);
    expect((await read('HorizontalPodAutoscaler', name, namespace)).spec).toEqual(before.spec);
  });

  test('all that is wrong is said at once; nothing given is refused by the schema', async () => {
    const name = await createHpa(1);
    const refused = await codeOf(hpa(name, { min: 50, max: { factor: 10 }, memory: 70, cap: 20 }).validate());
    expect(refused.message).toMatch(/max 40 would be less than min 50; max 40 is more than cap \(20\); .*memory/);
    expect(await codeOf(hpa(name, {}).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
    expect(await codeOf(hpa(name, { min: 0 }).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  });

  test('a later change by somebody else refutes, and stops the undo', async () => {
    const name = await createHpa(1);
    const run = hpa(name, { max: 6 });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    await kubectl(['patch', 'hpa', name, '-n', namespace, '-p', '{"spec":{"maxReplicas":9}}']);
    expect(await run.verify(validation, effect)).toMatchObject({
      verified: false,
      summary: expect.stringMatching(/maxReplicas is 9 now, written by kubectl/),
    });
    expect(await codeOf(run.rollback(validation, effect))).toMatchObject({ code: 'UNDO_CONFLICT' });
  });
});

describe('update_pdb', () => {
  const pdb = (name: string, params: object) =>
    runAction({
      cluster,
      action: 'update_pdb',
      target: { kind: 'PodDisruptionBudget', namespace, name },
      params: { ...params },
    });

  test('a budget that allowed nothing lets one pod go, and is as before after the undo', async () => {
    const name = `web-${suffix()}`;
    await createWorkload(namespace, name, { replicas: 2 });
    await apply({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { namespace, name },
      spec: { minAvailable: 2, selector: { matchLabels: { app: name } } },
    });
    const before = await waitFor(
      () => read('PodDisruptionBudget', name, namespace),
      ({ status }) => status?.currentHealthy === 2,
    );
    const [pod] = (
      await kubectlJson<{ items: Array<{ metadata: { name: string } }> }>([
        'get',
        'pods',
        '-n',
        namespace,
        '-l',
        `app=${name}`,
      ])
    ).items;
    const evict = () =>
      kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${pod!.metadata.name}/eviction`, '-f', '-'], {
        input: {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: pod!.metadata.name, namespace },
          deleteOptions: { dryRun: ['All'] },
        },
      });
    await expect(evict()).rejects.toThrow(/budget/);
    const run = pdb(name, { maxUnavailable: '50%' });
    const validation = await run.validate();
    expect(validation.diff).toEqual([
      { path: '/spec/maxUnavailable', after: '50%' },
      { path: '/spec/minAvailable', before: 2 },
    ]);
    const effect = await run.execute(validation);
    expect(await run.execute(validation, 2)).toEqual(effect);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true, data: { disruptionsAllowed: 1 } });
    await evict();
    await run.rollback(validation, effect);
    expect((await read('PodDisruptionBudget', name, namespace)).spec).toEqual(before.spec);
  });

  test('relaxed by one, a budget lets one more go, whatever it counts in', async () => {
    const name = `web-${suffix()}`;
    await createWorkload(namespace, name, { replicas: 4 });
    await kubectl(['create', 'pdb', name, `--selector=app=${name}`, '--min-available=75%', '-n', namespace]);
    const set = async (spec: object, allowed: number) => {
      await kubectl(['patch', 'pdb', name, '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })]);
      await waitFor(
        () => read('PodDisruptionBudget', name, namespace),
        ({ metadata, status }) =>
          status?.observedGeneration === metadata.generation && status?.disruptionsAllowed === allowed,
      );
    };
    await set({ minAvailable: '75%' }, 1);
    expect((await pdb(name, { relaxBy: 1 }).validate()).diff).toEqual([
      { path: '/spec/minAvailable', before: '75%', after: 2 },
    ]);
    await set({ minAvailable: null, maxUnavailable: 0 }, 0);
    const run = pdb(name, { relaxBy: 1 });
    const validation = await run.validate();
    expect(validation.diff).toEqual([{ path: '/spec/maxUnavailable', before: 0, after: 1 }]);
    const effect = await run.execute(validation);
    expect(await run.execute(validation, 2)).toEqual(effect);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true, data: { disruptionsAllowed: 1 } });
    expect((await read('PodDisruptionBudget', name, namespace)).spec?.['maxUnavailable']).toBe(1);
  });

  test('both or none of the two, and percentages beyond 100 are refused; no protection at all is named', async () => {
    const name = `web-${suffix()}`;
    await kubectl(['create', 'pdb', name, `--selector=app=${name}`, '--min-available=1', '-n', namespace]);
    const odd = [{}, { minAvailable: 1, maxUnavailable: 1 }, { minAvailable: 1, relaxBy: 1 }, { relaxBy: 0 }];
    for (const params of [...odd, { minAvailable: '101%' }, { minAvailable: -1 }]) {
      expect(await codeOf(pdb(name, params).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
    }
    expect((await pdb(name, { maxUnavailable: '100%' }).validate()).warnings.join()).toContain('protects nothing');
  });
});
