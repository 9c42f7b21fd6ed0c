import type { Json, JsonObject } from '../../plan/json';
import type { Permission } from '../contract';
import type { CallingOperation } from './user-agent';

/** An object of the Kubernetes API as plain JSON, exactly as the server sent it (no field dropped, no Date made). */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: JsonObject;
  status?: JsonObject;
  [key: string]: Json | ObjectMeta | undefined;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  [key: string]: Json | Record<string, string> | OwnerReference[] | undefined;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  [key: string]: Json | undefined;
}

export interface ObjectRef {
  /** Resolved by discovery when absent (the server's preferred version). */
  apiVersion?: string;
  kind: string;
  namespace?: string;
  name: string;
}

export interface ListQuery {
  apiVersion?: string;
  kind: string;
  /** Absent: all namespaces (or a cluster-scoped kind). */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface WriteOptions {
  /** Run admission and validation on the server without storing anything (`dryRun=All`). */
  dryRun?: boolean;
}

export interface PatchOptions extends WriteOptions {
  /** `resize`: the only way to change the resources of a Pod that exists. */
  subresource?: string;
}

export interface PatchOperation {
  op: 'add' | 'remove' | 'replace' | 'test';
  path: string;
  value?: Json;
}

export interface ApplyOptions extends WriteOptions {
  /** Take over fields that another manager owns. Default false: refused with `ApplyConflict`, which names them. */
  force?: boolean;
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: KubeObject;
}

export interface DeleteOptions extends WriteOptions {
  /** Preconditions: 409 (`TARGET_REPLACED`) when another object stands under the name. */
  uid?: string;
  resourceVersion?: string;
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
}

export interface EvictOptions extends WriteOptions {
  uid: string;
  /** Makes the eviction happen at most once per pod: whatever began to delete it made a new version. Stale: CONFLICT. */
  resourceVersion?: string;
  gracePeriodSeconds?: number;
}

export interface LogOptions {
  container?: string;
  /** Only the last so many lines. */
  tailLines?: number;
  /** The server stops after so many bytes, counted from the first line of the tail. */
  limitBytes?: number;
  sinceSeconds?: number;
  /** Of the container as it ran before its last restart. */
  previous?: boolean;
}

export interface ExecOptions {
  container?: string;
  /** Program and arguments; no shell is involved. */
  command: readonly string[];
  timeoutMs: number;
  /** Only so much of the output's end is kept. */
  maxOutputBytes: number;
}

/** How a command in a container ended. Whatever `ended` says but `exited`, it may have run, and may even run on. */
export interface ExecResult {
  ended: 'exited' | 'timeout' | 'connection lost' | 'cancelled' | 'error';
  /** Only when it exited. */
  exitCode?: number;
  /** Of the kubelet, when it says `error`. */
  reason?: string;
  /** End of stdout and stderr as they came. Raw: it may hold anything. */
  output: string;
  /** There was more before it. */
  truncated: boolean;
}

/** What a connection for one phase of one step is bound to, besides its signal. */
export interface Binding {
  /** Stands in the User-Agent of every request, and so in the API server's audit log. Default: that of the connection itself. */
  operation?: CallingOperation;
  /**
   * Gets what the server warns of in the answers to writes, dry runs included: admission webhooks and policies, Pod Security,
   * deprecated APIs.
   */
  onWarning?: (text: string) => void;
}

/**
 * The narrow view of one Kubernetes cluster that actions get. All calls throw `KubernautError` from the catalogue
 * (404 TARGET_NOT_FOUND, 403 FORBIDDEN, 401 UNAUTHORIZED, 409 CONFLICT, 422/400 REJECTED_BY_SERVER, 429 THROTTLED or, on an
 * eviction, DISRUPTION_BUDGET, 5xx and network UNAVAILABLE), with messages that name verb and object and never carry a raw body.
 */
export interface Cluster {
  readonly name: string;
  /**
   * The same connection for one phase of one step: when `signal` aborts, reads end at once and no further write is sent, both
   * with `CANCELLED`; a write already under way is let finish, so that its outcome is known. Optional, so that a fake may
   * leave it out: `cluster.boundTo?.(signal) ?? cluster`.
   */
  boundTo?(signal: AbortSignal, binding?: Binding): Cluster;
  get(ref: ObjectRef): Promise<KubeObject>;
  /** `undefined` instead of TARGET_NOT_FOUND. */
  find(ref: ObjectRef): Promise<KubeObject | undefined>;
  list(query: ListQuery): Promise<{ items: KubeObject[]; resourceVersion: string }>;
  create(object: KubeObject | JsonObject, options?: WriteOptions): Promise<KubeObject>;
  /** JSON patch (RFC 6902). Replacing `/metadata/resourceVersion` makes it optimistic: a stale one is CONFLICT. */
  patch(ref: ObjectRef, operations: PatchOperation[], options?: PatchOptions): Promise<KubeObject>;
  /**
   * Server-side apply as field manager `kubernaut`. Creates the object if it does not exist, unless `metadata.uid` is given:
   * then it applies to exactly that one (TARGET_REPLACED), and with `metadata.resourceVersion` to that version (CONFLICT).
   *
   * @throws `ApplyConflict` (PRECONDITION_FAILED) when other managers own fields of the manifest with other values
   */
  apply(manifest: JsonObject, options?: ApplyOptions): Promise<KubeObject>;
  /**
   * Replaces `spec.finalizers` of a Namespace through its `finalize` subresource, which is the only way to change them. `namespace`
   * is the whole object as it was read: another uid or version is TARGET_REPLACED or CONFLICT.
   */
  finalizeNamespace(namespace: KubeObject, finalizers: readonly string[], options?: WriteOptions): Promise<KubeObject>;
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  /** The policy/v1 Eviction subresource: honours PodDisruptionBudgets. */
  evict(pod: { namespace: string; name: string }, options: EvictOptions): Promise<void>;
  /**
   * Ends when the signal aborts, the server closes, the connection breaks or `resourceVersion` is too old: the caller lists
   * again. Throws only what a new list would not mend (FORBIDDEN, …) or when it cannot connect at all (UNAVAILABLE).
   */
  watch(query: ListQuery, options: { resourceVersion?: string; signal: AbortSignal }): AsyncIterable<WatchEvent>;
  /** The end of a container's log, raw: it may hold anything. `REJECTED_BY_SERVER` where there is none (yet, or any more). */
  logs(pod: { namespace: string; name: string }, options?: LogOptions): Promise<string>;
  /**
   * Runs a command in a container. Throws only what came before it could start (FORBIDDEN, TARGET_NOT_FOUND, UNAVAILABLE, …);
   * everything after that is a result. No uid can be given: the API knows none here.
   */
  exec(pod: { namespace: string; name: string }, options: ExecOptions): Promise<ExecResult>;
  /** SelfSubjectAccessReviews; returns the permissions that are missing. */
  missingPermissions(permissions: readonly Permission[], namespace?: string): Promise<MissingPermission[]>;
  /** Where a kind lives, from discovery (cached). */
  resolveKind(kind: string, apiVersion?: string): Promise<ResolvedKind>;
  /** Whether the server has `<plural>/<subresource>`, from discovery (cached). */
  hasSubresource(apiVersion: string, plural: string, subresource: string): Promise<boolean>;
}

export interface MissingPermission {
  apiGroup: string;
  resource: string;
  verb: string;
  namespace?: string;
}

export interface ResolvedKind {
  apiVersion: string;
  kind: string;
  plural: string;
  namespaced: boolean;
}
