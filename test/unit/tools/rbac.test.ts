import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { createRegistry } from '../../../activities/actions';
import { quotaPermissions } from '../../../activities/quota/headroom';
import { factPermission } from '../../../activities/target-facts';
import { RBAC_FOLDER, rbacManifests } from '../../../tools/build/rbac';
import { packageRoot } from '../../../tools/package-root';

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  roleRef?: { name: string };
  rules?: Array<{ apiGroups: string[]; resources: string[]; verbs: string[] }>;
}

const registry = createRegistry();
const files = rbacManifests(registry);
const documents = [...files.values()].flatMap((text) =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest),
);
const granted = (role: Manifest): string[] =>
  (role.rules ?? []).flatMap(({ apiGroups, resources, verbs }) =>
    verbs.map((verb) => `${apiGroups[0]} ${resources[0]} ${verb}`),
  );

describe('The RBAC manifests', () => {
  test('are those of the registered actions (else: npm run docs)', () => {
    const folder = join(packageRoot(), RBAC_FOLDER);
    const present = Object.fromEntries(
      readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
    );
    expect(present).toEqual(Object.fromEntries(files));
  });

  test.each(registry.executorTypes().map(({ type }) => type))(
    'grant to %s what its actions declare, policies ask about and previews look at, and nothing else',
    (type) => {
      const declared = registry
        .list(type)
        .flatMap(({ permissions }) => permissions)
        .concat(
          registry.list(type).some(({ permissions }) => permissions.length > 0)
            ? [factPermission, ...quotaPermissions]
            : [],
        )
        .flatMap(({ apiGroup, resource, verbs }) => verbs.map((verb) => `${apiGroup} ${resource} ${verb}`));
      const roles = documents.filter(
        ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name.startsWith(`kubernaut-${type}-`),
      );
      expect([...new Set(roles.flatMap(granted))].sort()).toEqual([...new Set(declared)].sort());
    },
  );

  test('know no wildcard, and bind only roles and accounts that are there', () => {
    expect([...files.values()].join('')).not.toContain("'*'");
    const names = new Set(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
    for (const { kind, roleRef } of documents.filter(({ kind: each }) => each.endsWith('Binding'))) {
      expect([kind, names.has(`ClusterRole ${roleRef?.name}`)]).toEqual([kind, true]);
    }
  });

  test('grant an action on nodes its rights everywhere, an action on pods only where it is bound', () => {
    const cluster = documents.find(
      ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'kubernaut-kubernetes-cluster',
    );
    expect(granted(cluster!)).toContain(' pods/eviction create');
    expect(granted(cluster!)).not.toContain(' pods delete');
    const binding = documents.find(
      ({ kind, metadata }) => kind === 'RoleBinding' && metadata.name !== 'kubernaut-kill-switch',
    );
    expect(binding?.metadata.namespace).toBeUndefined();
  });
});
