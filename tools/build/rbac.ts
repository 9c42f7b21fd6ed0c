import { stringify } from 'yaml';
import type { ActionDefinition, Permission } from '../../activities/contract';
import { quotaPermissions } from '../../activities/quota/headroom';
import { factPermission } from '../../activities/target-facts';
import type { ActionRegistry } from '../../activities/registry';

/** Where the manifests lie, seen from the package's root. */
export const RBAC_FOLDER = 'deploy/rbac';

/** The namespace of the ServiceAccounts; `kubectl apply -n` does not change it. */
const OWN_NAMESPACE = 'kubernaut';

/**
 * Resources outside any namespace, which a RoleBinding cannot grant. A manifest cannot ask the server; that the list is
 * complete is tested against a real one.
 */
const clusterScoped: ReadonlySet<string> = new Set([
  'nodes',
  'namespaces',
  'persistentvolumes',
  'storageclasses.storage.k8s.io',
  'csidrivers.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'volumesnapshotclasses.snapshot.storage.k8s.io',
  'volumesnapshotcontents.snapshot.storage.k8s.io',
  'priorityclasses.scheduling.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
]);

/** Kinds of targets outside any namespace: their actions look into all namespaces (a drain, at the pods of its node). */
const clusterScopedKinds: ReadonlySet<string> = new Set(['Node', 'Namespace', 'PersistentVolume', 'StorageClass']);

export function isClusterScoped({ apiGroup, resource }: Permission): boolean {
  const [plural = ''] = resource.split('/');
  return clusterScoped.has(apiGroup === '' ? plural : `${plural}.${apiGroup}`);
}

/** One right, and the actions that need it. */
interface Right extends Pick<Permission, 'apiGroup' | 'resource'> {
  verbs: Set<string>;
  actions: Set<string>;
}

/** The files of `deploy/rbac`, by name: for each executor that works in clusters its roles, and how to bind them. */
export function rbacManifests(registry: ActionRegistry): ReadonlyMap<string, string> {
  const files = registry.executorTypes().flatMap(({ type }): Array<[file: string, text: string]> => {
    const actions = registry.list(type).filter(({ permissions }) => permissions.length > 0);
    if (actions.length === 0) return [];
    const { cluster, namespaces } = rightsOf(actions);
    return [
      [`${type}.yaml`, rolesFile(type, cluster, namespaces)],
      ...(type === 'kubernetes' ? [killSwitchFile(type)] : []),
      ...(namespaces.length > 0 ? bindingFiles(type) : []),
    ];
  });
  return new Map(files);
}

function rightsOf(actions: readonly ActionDefinition[]): { cluster: Right[]; namespaces: Right[] } {
  const cluster = new Map<string, Right>();
  const namespaces = new Map<string, Right>();
  const add = (rights: Map<string, Right>, { apiGroup, resource, verbs }: Permission, what: string) => {
    const key = `${apiGroup} ${resource}`;
    const right = rights.get(key) ?? { apiGroup, resource, verbs: new Set<string>(), actions: new Set<string>() };
    for (const verb of verbs) right.verbs.add(verb);
    right.actions.add(what);
    rights.set(key, right);
  };
  for (const action of actions) {
    const everywhere = action.targetKinds.some((kind) => clusterScopedKinds.has(kind));
    for (const permission of action.permissions) {
      add(everywhere || isClusterScoped(permission) ? cluster : namespaces, permission, action.name);
    }
  }
  add(cluster, factPermission, 'policies (labels of namespaces)');
  if (namespaces.size > 0) quotaPermissions.forEach((each) => add(namespaces, each, 'previews (room for pods)'));
  const sorted = (rights: ReadonlyMap<string, Right>): Right[] =>
    [...rights].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, right]) => right);
  return { cluster: sorted(cluster), namespaces: sorted(namespaces) };
}

function rolesFile(type: string, cluster: readonly Right[], namespaces: readonly Right[]): string {
  const name = `kubernaut-${type}`;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: OWN_NAMESPACE } };
  const parts = [
    header([
      `What the actions of the executor ${type} need, and nothing else: the account of its workers, its roles, and the binding of`,
      'what lies outside namespaces. Each rule names the actions that need it; take out the rules of actions you do not use.',
      ...(namespaces.length > 0
        ? [`Targets in namespaces: ${type}-namespace.yaml for chosen ones, or ${type}-all-namespaces.yaml.`]
        : []),
    ]),
    stringify(account),
    ...(cluster.length > 0 ? [role(`${name}-cluster`, cluster), stringify(binding(`${name}-cluster`, name))] : []),
    ...(namespaces.length > 0 ? [role(`${name}-namespaces`, namespaces)] : []),
  ];
  return document(parts);
}

/** The ConfigMap is read by the worker itself, not by an action. */
function killSwitchFile(type: string): [file: string, text: string] {
  const name = 'kubernaut-kill-switch';
  const rule = {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: ['kubernaut-stop'],
    verbs: ['get', 'list', 'watch'],
  };
  const bound = { ...binding(name, `kubernaut-${type}`), kind: 'RoleBinding' };
  return [
    'kill-switch.yaml',
    document([
      header([
        'Lets the workers read the ConfigMap kubernaut-stop in the namespace kubernaut, the kill switch of this cluster',
        '(`stop.configMap` of kubernaut.yaml). It grants nothing else.',
      ]),
      stringify(
        { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules: [rule] },
        { singleQuote: true },
      ),
      stringify({ ...bound, metadata: { name, namespace: OWN_NAMESPACE } }),
    ]),
  ];
}

function bindingFiles(type: string): Array<[file: string, text: string]> {
  const name = `kubernaut-${type}`;
  const role = `${name}-namespaces`;
  return [
    [
      `${type}-namespace.yaml`,
      document([
        header([
          `Lets the workers of the executor ${type} act on targets in one namespace; apply it to each that they may touch:`,
          `  kubectl apply -n shop -f ${type}-namespace.yaml`,
        ]),
        stringify({ ...binding(role, name), kind: 'RoleBinding' }),
      ]),
    ],
    [
      `${type}-all-namespaces.yaml`,
      document([
        header([`Lets the workers of the executor ${type} act on targets in all namespaces, those to come included.`]),
        stringify(binding(role, name)),
      ]),
    ],
  ];
}

function binding(role: string, account: string) {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: role },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: OWN_NAMESPACE }],
  };
}

/** Written line by line: each rule is preceded by the actions that need it. */
function role(name: string, rights: readonly Right[]): string {
  const rules = rights.flatMap(({ apiGroup, resource, verbs, actions }) => [
    ...wrapped([...actions].sort().join(', ')).map((line) => `  # ${line}`),
    `  - apiGroups: ['${apiGroup}']`,
    `    resources: [${resource}]`,
    `    verbs: [${[...verbs].sort().join(', ')}]`,
  ]);
  const head = [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: ClusterRole',
    'metadata:',
    `  name: ${name}`,
    'rules:',
  ];
  return `${[...head, ...rules].join('\n')}\n`;
}

function wrapped(text: string, width = 110): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function header(lines: readonly string[]): string {
  const generated =
    'Generated by `npm run docs` from the permissions that the registered actions declare; changes here are lost.';
  return [generated, ...lines].map((line) => `# ${line}\n`).join('');
}

/** The header stands above the first document. */
function document([head = '', ...documents]: readonly string[]): string {
  return `${head}${documents.join('---\n')}`;
}
