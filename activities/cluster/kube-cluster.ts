import { setMaxListeners } from 'node:events';
import type { JsonObject } from '../../plan/json';
import { KubernautError } from '../../plan/errors';
import type { Permission } from '../contract';
import { missingPermissions } from './access-review';
import type {
  ApplyOptions,
  Binding,
  Cluster,
  DeleteOptions,
  EvictOptions,
  ExecOptions,
  ExecResult,
  KubeObject,
  ListQuery,
  LogOptions,
  MissingPermission,
  ObjectRef,
  PatchOperation,
  PatchOptions,
  ResolvedKind,
  WatchEvent,
  WriteOptions,
} from './cluster';
import type { Discovery } from './discovery';
import { describeRef, objectPath, resourcePath } from './resource-path';
import type { Call, Transport } from './transport';
import { userAgentOf } from './user-agent';
import { FIELD_MANAGER } from './version';
import { watchEvents } from './watch-stream';

const SERVER_WATCH_SECONDS = '240';

/** `Cluster` over one API server; see `connectCluster`. */
export class KubeCluster implements Cluster {
  constructor(
    readonly name: string,
    private readonly transport: Transport,
    private readonly discovery: Discovery,
    private readonly signal?: AbortSignal,
    private readonly onWarning?: (text: string) => void,
  ) {}

  /**
   * The same connection for one activity: when `signal` aborts, reads end at once and no further write is sent, both with
   * `CANCELLED`; a write already under way is let finish, so that its outcome is known. Every request names the operation
   * (`userAgentOf`), if there is one.
   */
  boundTo(signal: AbortSignal, { operation, onWarning }: Binding = {}): Cluster {
    // Each read under way listens to it; Node warns of a leak beyond ten, which a drain has at once.
    setMaxListeners(0, signal);
    const transport = operation ? this.transport.withUserAgent(userAgentOf(operation)) : this.transport;
    return new KubeCluster(this.name, transport, this.discovery, signal, onWarning);
  }

  async get(ref: ObjectRef): Promise<KubeObject> {
    const kind = await this.resolveKind(ref.kind, ref.apiVersion);
    return this.json({ method: 'GET', path: objectPath(kind, ref), call: `get ${describeRef(ref)}` });
  }

  async find(ref: ObjectRef): Promise<KubeObject | undefined> {
    const kind = await this.resolveKind(ref.kind, ref.apiVersion);
    try {
      return await this.json<KubeObject>({
        method: 'GET',
        path: objectPath(kind, ref),
        call: `get ${describeRef(ref)}`,
      });
    } catch (error) {
      if (error instanceof KubernautError && error.code === 'TARGET_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async list(query: ListQuery): Promise<{ items: KubeObject[]; resourceVersion: string }> {
    const kind = await this.resolveKind(query.kind, query.apiVersion);
    const list = await this.json<{ items?: KubeObject[] | null; metadata?: { resourceVersion?: string } }>({
      method: 'GET',
      path: resourcePath(kind, query.namespace),
      query: selectors(query),
      call: `list ${describeQuery(query)}`,
    });
    // Items of a list come without their type; everything else here carries it.
    const items = (list.items ?? []).map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
    return { items, resourceVersion: list.metadata?.resourceVersion ?? '' };
  }

  async create(object: KubeObject | JsonObject, options: WriteOptions = {}): Promise<KubeObject> {
    const { apiVersion, kind: kindName, metadata } = object as KubeObject;
    const kind = await this.resolveKind(kindName, apiVersion);
    if (kind.namespaced && !metadata.namespace) {
      throw new KubernautError('PRECONDITION_FAILED', `create ${kindName} ${metadata.name}: needs a namespace`);
    }
    return this.write({
      method: 'POST',
      path: resourcePath(kind, metadata.namespace),
      query: { ...writeQuery(options), fieldValidation: 'Strict' },
      body: object,
      call: `create ${describeRef({ kind: kindName, namespace: metadata.namespace, name: metadata.name })}`,
    });
  }

  async patch(ref: ObjectRef, operations: PatchOperation[], options: PatchOptions = {}): Promise<KubeObject> {
    const kind = await this.resolveKind(ref.kind, ref.apiVersion);
    return this.write({
      method: 'PATCH',
      path: objectPath(kind, ref, options.subresource),
      // Strict: a field that the server would drop silently is an error, not a success without effect.
      query: { ...writeQuery(options), fieldValidation: 'Strict' },
      body: operations,
      contentType: 'application/json-patch+json',
      call: `patch ${describeRef(ref)}`,
    });
  }

  async apply(manifest: JsonObject, options: ApplyOptions = {}): Promise<KubeObject> {
    const { apiVersion, kind: kindName, metadata } = manifest as unknown as KubeObject;
    const kind = await this.resolveKind(kindName, apiVersion);
    const ref = { kind: kindName, namespace: metadata.namespace, name: metadata.name };
    return this.write({
      method: 'PATCH',
      path: objectPath(kind, ref),
      query: { ...writeQuery(options), fieldValidation: 'Strict', ...(options.force && { force: 'true' }) },
      body: manifest,
      // JSON is YAML.
      contentType: 'application/apply-patch+yaml',
      call: `apply ${describeRef(ref)}`,
    });
  }

  async finalizeNamespace(
    namespace: KubeObject,
    finalizers: readonly string[],
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const { name } = namespace.metadata;
    const ref = { kind: 'Namespace', name };
    const kind = await this.resolveKind('Namespace', 'v1');
    return this.write({
      // The subresource cannot be patched.
      method: 'PUT',
      path: objectPath(kind, ref, 'finalize'),
      query: writeQuery(options),
      body: { ...namespace, spec: { ...namespace.spec, finalizers } },
      call: `finalize ${describeRef(ref)}`,
    });
  }

  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const kind = await this.resolveKind(ref.kind, ref.apiVersion);
    const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy, dryRun } = options;
    await this.write({
      method: 'DELETE',
      path: objectPath(kind, ref),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid, resourceVersion },
        gracePeriodSeconds,
        propagationPolicy,
        dryRun: dryRun ? ['All'] : undefined,
      },
      call: `delete ${describeRef(ref)}`,
    });
  }

  async evict(pod: { namespace: string; name: string }, options: EvictOptions): Promise<void> {
    const { uid, resourceVersion, gracePeriodSeconds, dryRun } = options;
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name };
    const kind = await this.resolveKind('Pod', 'v1');
    await this.write({
      method: 'POST',
      path: objectPath(kind, ref, 'eviction'),
      query: dryRun ? { dryRun: 'All' } : undefined,
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { namespace: pod.namespace, name: pod.name },
        deleteOptions: {
          preconditions: { uid, resourceVersion },
          gracePeriodSeconds,
          dryRun: dryRun ? ['All'] : undefined,
        },
      },
      call: `evict ${describeRef(ref)}`,
    });
  }

  async *watch(
    query: ListQuery,
    options: { resourceVersion?: string; signal: AbortSignal },
  ): AsyncIterable<WatchEvent> {
    const call = `watch ${describeQuery(query)}`;
    const kind = await this.resolveKind(query.kind, query.apiVersion);
    if (options.signal.aborted) return;
    const body = await this.transport
      .stream({
        method: 'GET',
        path: resourcePath(kind, query.namespace),
        query: {
          ...selectors(query),
          watch: 'true',
          allowWatchBookmarks: 'true',
          // A connection that died without a word is noticed after this at the latest.
          timeoutSeconds: SERVER_WATCH_SECONDS,
          ...(options.resourceVersion && { resourceVersion: options.resourceVersion }),
        },
        call,
        signal: options.signal,
      })
      .catch((error: unknown) => {
        // Aborted while connecting, or the resourceVersion is too old already: both just end the iteration.
        const gone =
          error instanceof KubernautError && /too old resource version|\bgone\b|expired/i.test(error.message);
        if (options.signal.aborted || gone) return undefined;
        throw error;
      });
    if (body) yield* watchEvents(body, options.signal, call);
  }

  async logs(pod: { namespace: string; name: string }, options: LogOptions = {}): Promise<string> {
    const kind = await this.resolveKind('Pod', 'v1');
    const ref = { kind: 'Pod', ...pod };
    const query = Object.entries(options).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    return this.transport.readText({
      method: 'GET',
      path: objectPath(kind, ref, 'log'),
      query: Object.fromEntries(query) as Record<string, string>,
      accept: '*/*',
      call: `read the log of ${describeRef(ref)}`,
      signal: this.signal,
    });
  }

  async exec(pod: { namespace: string; name: string }, options: ExecOptions): Promise<ExecResult> {
    const kind = await this.resolveKind('Pod', 'v1');
    const ref = { kind: 'Pod', ...pod };
    const query = new URLSearchParams({ stdout: 'true', stderr: 'true' });
    if (options.container !== undefined) query.set('container', options.container);
    for (const item of options.command) query.append('command', item);
    return this.transport.exec(`${objectPath(kind, ref, 'exec')}?${query.toString()}`, {
      ...options,
      call: `exec in ${describeRef(ref)}`,
      signal: this.signal,
    });
  }

  missingPermissions(permissions: readonly Permission[], namespace?: string): Promise<MissingPermission[]> {
    return missingPermissions(this.transport, this.discovery, permissions, namespace);
  }

  resolveKind(kind: string, apiVersion?: string): Promise<ResolvedKind> {
    return this.discovery.resolve(kind, apiVersion);
  }

  hasSubresource(apiVersion: string, plural: string, subresource: string): Promise<boolean> {
    return this.discovery.hasSubresource(apiVersion, plural, subresource);
  }

  private json<T = KubeObject>(call: Call): Promise<T> {
    return this.transport.json<T>({ ...call, signal: this.signal });
  }

  private write(call: Call): Promise<KubeObject> {
    return this.json<KubeObject>({ ...call, onWarning: this.onWarning });
  }
}

function writeQuery(options: WriteOptions): Record<string, string> {
  return { fieldManager: FIELD_MANAGER, ...(options.dryRun && { dryRun: 'All' }) };
}

function selectors(query: ListQuery): Record<string, string> {
  return {
    ...(query.labelSelector && { labelSelector: query.labelSelector }),
    ...(query.fieldSelector && { fieldSelector: query.fieldSelector }),
  };
}

function describeQuery(query: ListQuery): string {
  const selector = query.labelSelector ?? query.fieldSelector;
  return `${query.kind} in ${query.namespace ?? 'all namespaces'}${selector ? ` (${selector})` : ''}`;
}
