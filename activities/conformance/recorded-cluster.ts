import { KubernautError } from '../../plan/errors';
import type { Cluster, ObjectRef } from '../cluster/cluster';
import { groupOf } from '../cluster/discovery';
import type { Permission } from '../contract';

type Verb = Permission['verbs'][number];

/** One call that an action made. */
export interface RecordedCall {
  /** As RBAC knows it: `pods/eviction`. */
  permission: { apiGroup: string; resource: string; verb: Verb };
  object: string;
  dryRun: boolean;
}

/** An action's calls, in order; `loseNextAnswer` makes the next write that the server stores look like a broken connection. */
export class CallRecord {
  readonly calls: RecordedCall[] = [];
  /** Writes that the server stored. */
  readonly stored: RecordedCall[] = [];
  loseNextAnswer = false;
}

const WRITES: readonly Verb[] = ['create', 'update', 'patch', 'delete'];

/** The cluster as an action gets it, with every call written down: there is no way around it, an action has no other client. */
export function recordedCluster(cluster: Cluster, record: CallRecord): Cluster {
  const call = async <T>(
    verb: Verb,
    ref: Pick<ObjectRef, 'kind' | 'apiVersion' | 'namespace'> & { name?: string },
    run: () => Promise<T>,
    { dryRun = false, subresource }: { dryRun?: boolean; subresource?: string } = {},
  ): Promise<T> => {
    const entry = await entryOf(cluster, verb, ref, dryRun, subresource);
    record.calls.push(entry);
    const result = await run();
    if (!dryRun && WRITES.includes(verb)) {
      record.stored.push(entry);
      if (record.loseNextAnswer) {
        record.loseNextAnswer = false;
        throw new KubernautError('UNAVAILABLE', `${verb} ${entry.object}: the connection broke before the answer came`);
      }
    }
    return result;
  };
  return {
    name: cluster.name,
    boundTo: (signal, binding) => recordedCluster(cluster.boundTo?.(signal, binding) ?? cluster, record),
    get: (ref) => call('get', ref, () => cluster.get(ref)),
    find: (ref) => call('get', ref, () => cluster.find(ref)),
    list: (query) => call('list', query, () => cluster.list(query)),
    create: (object, options) =>
      call('create', refOfManifest(object as unknown as Manifest), () => cluster.create(object, options), options),
    patch: (ref, operations, options) => call('patch', ref, () => cluster.patch(ref, operations, options), options),
    apply: (manifest, options) =>
      call('patch', refOfManifest(manifest as unknown as Manifest), () => cluster.apply(manifest, options), options),
    finalizeNamespace: (namespace, finalizers, options) =>
      call('update', refOfManifest(namespace), () => cluster.finalizeNamespace(namespace, finalizers, options), {
        dryRun: options?.dryRun,
        subresource: 'finalize',
      }),
    delete: (ref, options) => call('delete', ref, () => cluster.delete(ref, options), { dryRun: options?.dryRun }),
    evict: (pod, options) =>
      call('create', { apiVersion: 'v1', kind: 'Pod', ...pod }, () => cluster.evict(pod, options), {
        dryRun: options.dryRun,
        subresource: 'eviction',
      }),
    logs: (pod, options) =>
      call('get', { apiVersion: 'v1', kind: 'Pod', ...pod }, () => cluster.logs(pod, options), { subresource: 'log' }),
    // As the server sees it: a GET that asks for an upgrade. What the command changed only its fixture can count.
    exec: async (pod, options) => {
      const ref = { apiVersion: 'v1', kind: 'Pod', ...pod };
      const result = await call('get', ref, () => cluster.exec(pod, options), { subresource: 'exec' });
      if (!record.loseNextAnswer) return result;
      record.loseNextAnswer = false;
      return { ended: 'connection lost', output: '', truncated: false };
    },
    async *watch(query, options) {
      record.calls.push(await entryOf(cluster, 'watch', query, false));
      yield* cluster.watch(query, options);
    },
    missingPermissions: (permissions, namespace) => cluster.missingPermissions(permissions, namespace),
    resolveKind: (kind, apiVersion) => cluster.resolveKind(kind, apiVersion),
    hasSubresource: (...asked) => cluster.hasSubresource(...asked),
  };
}

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name?: string; namespace?: string };
}

function refOfManifest({ apiVersion, kind, metadata }: Manifest) {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

async function entryOf(
  cluster: Cluster,
  verb: Verb,
  ref: Pick<ObjectRef, 'kind' | 'apiVersion' | 'namespace'> & { name?: string },
  dryRun: boolean,
  subresource?: string,
): Promise<RecordedCall> {
  const { apiVersion, plural } = await cluster.resolveKind(ref.kind, ref.apiVersion);
  const resource = subresource ? `${plural}/${subresource}` : plural;
  const object = [ref.kind, [ref.namespace, ref.name].filter(Boolean).join('/')].join(' ').trim();
  return { permission: { apiGroup: groupOf(apiVersion), resource, verb }, object, dryRun };
}
