import { KubernautError } from '../../../../plan/errors';
import type { Cluster } from '../../../cluster/cluster';
import type { ActionContext, Permission } from '../../../contract';
import { preflight } from './preflight';

const rights = (resource: string): Permission => ({ apiGroup: 'apps', resource, verbs: ['get', 'patch'] });
const action = {
  targetKinds: ['Deployment', 'StatefulSet'],
  permissions: [rights('deployments'), rights('statefulsets'), { ...rights('pods'), apiGroup: '' }],
};
const target = { cluster: 'c', kind: 'Deployment', namespace: 'shop', name: 'web' };

function start(
  group = 'apps',
  get: () => Promise<unknown> = () => Promise.resolve({ metadata: { uid: 'u' } }),
  missing: Permission[] = [],
) {
  const asked: Permission[] = [];
  const cluster = {
    resolveKind: (kind: string) =>
      Promise.resolve({ apiVersion: `${group}/v1`, kind, plural: `${kind.toLowerCase()}s`, namespaced: true }),
    get,
    missingPermissions: (permissions: Permission[]) => {
      asked.push(...permissions);
      return Promise.resolve(
        missing.map(({ apiGroup, resource }) => ({ apiGroup, resource, verb: 'patch', namespace: 'shop' })),
      );
    },
  } as unknown as Cluster;
  return { asked, run: () => preflight({ cluster } as ActionContext, target, action) };
}

test('asks only for the rights on the kind at hand', async () => {
  const { asked, run } = start();
  await run();
  expect(asked.map(({ resource }) => resource)).toEqual(['deployments', 'pods']);
});

test('a kind of the same name in a foreign group is refused', async () => {
  await expect(start('operator.example.dev').run()).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
});

test('names every missing right, also when the target may not even be read', async () => {
  const lacking = [rights('deployments'), { ...rights('pods'), apiGroup: '' }];
  const message = 'Deployment shop/web: not permitted to patch apps/deployments in shop, patch pods in shop';
  await expect(start('apps', undefined, lacking).run()).rejects.toMatchObject({ code: 'FORBIDDEN', message });
  const unreadable = () => Promise.reject(new KubernautError('FORBIDDEN', 'get: no'));
  await expect(start('apps', unreadable, lacking).run()).rejects.toMatchObject({ code: 'FORBIDDEN', message });
});

test('a target that does not exist says more than missing rights on it', async () => {
  const absent = () => Promise.reject(new KubernautError('TARGET_NOT_FOUND', 'get: none'));
  await expect(start('apps', absent, [rights('deployments')]).run()).rejects.toMatchObject({
    code: 'TARGET_NOT_FOUND',
  });
});
