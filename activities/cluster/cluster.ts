import type { Json, JsonObject } from '../../plan/json';
import type { Permission } from '../contract';

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

export interface PatchOperation {
  op: 'add' | 'remove' | 'replace' | 'test';
  path: string;
  value?: Json;
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
  boundTo?(signal: AbortSignal): Cluster;
  get(ref: ObjectRef): Promise<KubeObject>;
  /** `undefined` instead of TARGET_NOT_FOUND. */
  find(ref: ObjectRef): Promise<KubeObject | undefined>;
  list(query: ListQuery): Promise<{ items: KubeObject[]; resourceVersion: string }>;
  create(object: KubeObject | JsonObject, options?: WriteOptions): Promise<KubeObject>;
  /** JSON patch (RFC 6902). Replacing `/metadata/resourceVersion` makes it optimistic: a stale one is CONFLICT. */
  patch(ref: ObjectRef, operations: PatchOperation[], options?: WriteOptions): Promise<KubeObject>;
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  /** The policy/v1 Eviction subresource: honours PodDisruptionBudgets. */
  evict(pod: { namespace: string; name: string }, options: EvictOptions): Promise<void>;
  /**
   * Ends when the signal aborts, the server closes, the connection breaks or `resourceVersion` is too old: the caller lists
   * again. Throws only what a new list would not mend (FORBIDDEN, …) or when it cannot connect at all (UNAVAILABLE).
   */
  watch(query: ListQuery, options: { resourceVersion?: string; signal: AbortSignal }): AsyncIterable<WatchEvent>;
  /** SelfSubjectAccessReviews; returns the permissions that are missing. */
  missingPermissions(permissions: readonly Permission[], namespace?: string): Promise<MissingPermission[]>;
  /** Where a kind lives, from discovery (cached). */
  resolveKind(kind: string, apiVersion?: string): Promise<ResolvedKind>;
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
