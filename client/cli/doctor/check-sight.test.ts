import type { MissingPermission } from '../../../activities/cluster/cluster';
import type { Permission } from '../../../activities/contract';
import { checkSight } from './check-sight';

/** A cluster that grants everything but what is named. */
const without = (...resources: string[]) => ({
  missingPermissions: async (permissions: readonly Permission[]): Promise<MissingPermission[]> =>
    permissions
      .filter(({ resource }) => resources.includes(resource))
      .flatMap(({ apiGroup, resource, verbs }) =>
        verbs.map((verb) => ({ apiGroup, resource, verb, namespace: undefined })),
      ),
});

test('whoever may read quotas, limit ranges and namespaces sees all that previews show', async () => {
  expect(await checkSight('preview in a', without())).toMatchObject({ check: 'preview in a', state: 'ok' });
});

test.each([
  [['resourcequotas'], 'missing: list resourcequotas: whether a namespace has room for pods stays unknown'],
  [['limitranges'], 'missing: list limitranges: whether a namespace has room for pods stays unknown'],
  [['namespaces'], 'missing: get namespaces: policies that ask for labels of namespaces restrict'],
  [
    ['resourcequotas', 'limitranges', 'namespaces'],
    'missing: list resourcequotas, list limitranges: whether a namespace has room for pods stays unknown; get namespaces: policies that ask for labels of namespaces restrict',
  ],
])('without %j it warns of what stays unseen, and names the remedy', async (resources, reason) => {
  expect(await checkSight('preview in a', without(...resources))).toEqual({
    ...{ check: 'preview in a', state: 'warning', reason },
    remedy: expect.stringContaining('kubernaut rbac'),
  });
});

test('a server that does not answer is no missing permission', async () => {
  const cluster = { missingPermissions: () => Promise.reject(new Error('gone')) };
  await expect(checkSight('preview in a', cluster)).rejects.toThrow('gone');
});
