import type { EarlierChange, FieldChange } from '../../plan/step-io';
import type { Cluster, KubeObject, ObjectRef } from '../cluster/cluster';
import { changeObject, type ChangedObject } from './changed-object';

/** The API cannot be asked what a call would do to an object that has not been changed yet. */
export class Unforeseeable extends Error {
  constructor(what: string) {
    super(`${what} cannot be tried before the earlier steps have been done`);
  }
}

/**
 * The cluster as it will be when earlier steps of a plan have been done: what is read of their objects has their changes in it,
 * and the dry run of a patch is that of their changes and the patch together, so that the server judges and completes both. For a
 * preview only: what would be stored is refused.
 *
 * Calls on such an object that carry no earlier changes (create, delete, apply, subresources) throw {@link Unforeseeable}.
 */
export function changedCluster(cluster: Cluster, earlier: readonly EarlierChange[]): Cluster {
  const changes = new Map<string, FieldChange[]>();
  for (const { target, diff } of earlier) {
    if (target.uid !== undefined) changes.set(target.uid, [...(changes.get(target.uid) ?? []), ...diff]);
  }
  const isTouched = (ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>) =>
    earlier.some(
      ({ target }) => target.kind === ref.kind && target.name === ref.name && target.namespace === ref.namespace,
    );
  const untouched = (what: string, ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>) => {
    if (isTouched(ref)) throw new Unforeseeable(`${what} ${ref.kind} ${ref.name}`);
  };
  const change = (read: KubeObject): ChangedObject => {
    const diff = changes.get(read.metadata.uid);
    if (diff === undefined) return { object: read, operations: [] };
    const changed = changeObject(read, diff);
    if (changed === undefined) throw new Unforeseeable(`a change of ${read.kind} ${read.metadata.name}`);
    return changed;
  };
  return {
    name: cluster.name,
    boundTo: (signal, binding) => changedCluster(cluster.boundTo?.(signal, binding) ?? cluster, earlier),
    get: async (ref) => change(await cluster.get(ref)).object,
    find: async (ref) => {
      const read = await cluster.find(ref);
      return read && change(read).object;
    },
    list: async (query) => {
      const { items, resourceVersion } = await cluster.list(query);
      return { items: items.map((read) => change(read).object), resourceVersion };
    },
    patch: async (ref, operations, options = {}) => {
      if (!options.dryRun || (isTouched(ref) && options.subresource !== undefined)) {
        throw new Unforeseeable(`patch ${ref.kind} ${ref.name}`);
      }
      if (!isTouched(ref)) return cluster.patch(ref, operations, options);
      const { operations: before } = change(await cluster.get(ref));
      return cluster.patch(ref, [...before, ...operations], options);
    },
    create: (object, options) => {
      const { kind, metadata } = object as KubeObject;
      untouched('create', { kind, ...metadata });
      return cluster.create(object, { ...options, dryRun: true });
    },
    apply: (manifest, options) => {
      const { kind, metadata } = manifest as unknown as KubeObject;
      untouched('apply', { kind, ...metadata });
      return cluster.apply(manifest, { ...options, dryRun: true });
    },
    finalizeNamespace: (namespace, finalizers, options) => {
      untouched('finalize', { kind: 'Namespace', name: namespace.metadata.name });
      return cluster.finalizeNamespace(namespace, finalizers, { ...options, dryRun: true });
    },
    delete: (ref, options) => {
      untouched('delete', ref);
      return cluster.delete(ref, { ...options, dryRun: true });
    },
    evict: (pod, options) => {
      untouched('evict', { kind: 'Pod', ...pod });
      return cluster.evict(pod, { ...options, dryRun: true });
    },
    exec: (pod) => {
      throw new Unforeseeable(`exec in ${pod.name}`);
    },
    watch: (query, options) => cluster.watch(query, options),
    logs: (pod, options) => cluster.logs(pod, options),
    missingPermissions: (permissions, namespace) => cluster.missingPermissions(permissions, namespace),
    resolveKind: (kind, apiVersion) => cluster.resolveKind(kind, apiVersion),
    hasSubresource: (...asked) => cluster.hasSubresource(...asked),
  };
}
