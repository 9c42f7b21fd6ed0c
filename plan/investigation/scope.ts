import type { InvestigationScope, ObjectName } from './investigation';

const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** RBAC objects may have `:` in their names (`system:node`). */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9._:]{0,251}[A-Za-z0-9])?$/;

/**
 * How far a recommended target lies from what the incident is about, or why it is refused. Names must be plain ASCII, so a
 * look-alike letter or an invisible one never passes for the object that people think of.
 */
export function reachOf(target: ObjectName, scope: InvestigationScope): 'object' | 'namespace' | { refused: string } {
  const { kind, namespace, name } = target;
  if (!KIND.test(kind)) return { refused: 'its kind is no kind of Kubernetes' };
  if (namespace !== undefined && !NAMESPACE.test(namespace)) return { refused: 'its namespace is no valid name' };
  if (!NAME.test(name)) return { refused: 'its name is no valid name' };
  if (scope.objects.some((object) => sameObject(object, target))) return 'object';
  if (namespace !== undefined && scope.namespaces?.includes(namespace)) {
    // A namespace is no object inside itself, even if a model says so.
    return kind === 'Namespace' ? { refused: 'a namespace as a whole is not what the incident is about' } : 'namespace';
  }
  return { refused: `${describe(target)} is not what the incident is about` };
}

/** Kinds that actions take and that lie in no namespace. */
const CLUSTER_KINDS: ReadonlySet<string> = new Set(['Node', 'Namespace', 'ClusterRoleBinding', 'PersistentVolume']);

export function isClusterKind(kind: string): boolean {
  return CLUSTER_KINDS.has(kind);
}

export function sameObject(a: ObjectName, b: ObjectName): boolean {
  return a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '');
}

/** `Deployment shop/web`, `Node node-1`. Only for checked names. */
export function describe({ kind, namespace, name }: ObjectName): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
