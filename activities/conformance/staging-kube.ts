import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../plan/json';
import { KubernautError } from '../../plan/errors';
import type { KubeObject, ListQuery, ObjectRef, ResolvedKind } from '../cluster/cluster';
import type { Discovery } from '../cluster/discovery';
import { describeRef, objectPath, resourcePath } from '../cluster/resource-path';
import type { Transport } from '../cluster/transport';

/** Owner of the fields that a fixture writes: to the action it is somebody else. */
export const STAGING_MANAGER = 'somebody-else';

/**
 * The hands of a fixture: the API server as a person with kubectl uses it, independent of the action under test. Errors are
 * those of the catalogue, as with `Cluster`.
 */
export class StagingKube {
  constructor(
    private readonly transport: Transport,
    readonly discovery: Discovery,
  ) {}

  async get(ref: ObjectRef): Promise<KubeObject> {
    const kind = await this.discovery.resolve(ref.kind, ref.apiVersion);
    return this.transport.json({ method: 'GET', path: objectPath(kind, ref), call: `get ${describeRef(ref)}` });
  }

  /** `undefined` when it does not exist. */
  async find(ref: ObjectRef): Promise<KubeObject | undefined> {
    return this.get(ref).catch(unlessMissing);
  }

  async list(query: ListQuery): Promise<KubeObject[]> {
    return this.listKind(await this.discovery.resolve(query.kind, query.apiVersion), query);
  }

  async listKind(kind: ResolvedKind, { namespace, labelSelector, fieldSelector }: Omit<ListQuery, 'kind'>) {
    const list = await this.transport.json<{ items?: KubeObject[] | null }>({
      method: 'GET',
      path: resourcePath(kind, namespace),
      query: { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) },
      call: `list ${kind.plural}`,
    });
    return (list.items ?? []).map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
  }

  async create(manifest: JsonObject): Promise<KubeObject> {
    const object = manifest as unknown as KubeObject;
    const kind = await this.discovery.resolve(object.kind, object.apiVersion);
    return this.transport.json({
      method: 'POST',
      path: resourcePath(kind, object.metadata.namespace),
      query: { fieldManager: STAGING_MANAGER },
      body: manifest,
      call: `create ${describeRef({ ...object.metadata, kind: object.kind })}`,
    });
  }

  /** JSON merge patch: `null` takes a field away. */
  async merge(ref: ObjectRef, patch: JsonObject, subresource?: string): Promise<KubeObject> {
    const kind = await this.discovery.resolve(ref.kind, ref.apiVersion);
    return this.transport.json({
      method: 'PATCH',
      path: objectPath(kind, ref, subresource),
      query: { fieldManager: STAGING_MANAGER },
      body: patch,
      contentType: 'application/merge-patch+json',
      call: `patch ${describeRef(ref)}`,
    });
  }

  /** Deletes it at once and waits until it is gone; one that does not exist is fine. */
  async remove(ref: ObjectRef): Promise<void> {
    const uid = (await this.find(ref))?.metadata.uid;
    if (uid === undefined) return;
    await this.startRemoval(ref);
    await this.until(`${describeRef(ref)} gone`, async () => (await this.find(ref))?.metadata.uid !== uid || undefined);
  }

  /** Deletes it without waiting. */
  async startRemoval(ref: ObjectRef): Promise<void> {
    const kind = await this.discovery.resolve(ref.kind, ref.apiVersion);
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
    const graceful = kind.kind === 'Pod' ? { ...body, gracePeriodSeconds: 0 } : body;
    await this.transport
      .json({ method: 'DELETE', path: objectPath(kind, ref), body: graceful, call: `delete ${describeRef(ref)}` })
      .catch(unlessMissing);
  }

  /** A subresource that is created: `token` of a ServiceAccount, `eviction` of a pod. */
  async createSubresource<T>(ref: ObjectRef, subresource: string, body: JsonObject): Promise<T> {
    const kind = await this.discovery.resolve(ref.kind, ref.apiVersion);
    const path = objectPath(kind, ref, subresource);
    return this.transport.json<T>({ method: 'POST', path, body, call: `create ${subresource} of ${describeRef(ref)}` });
  }

  /** Waits until the controller reports the rollout of a Deployment, StatefulSet or DaemonSet complete. */
  async rolledOut(ref: ObjectRef, timeoutMs = 60_000): Promise<KubeObject> {
    return this.until(`rollout of ${describeRef(ref)}`, async () => rolledOut(await this.get(ref)), timeoutMs);
  }

  /** Reads until something else than `undefined` comes, and returns that. @throws when the time is over */
  async until<T>(what: string, read: () => Promise<T | undefined>, timeoutMs = 60_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const value = await read();
      if (value !== undefined) return value;
      if (Date.now() >= deadline) throw new Error(`${what} did not come true within ${timeoutMs / 1000} s`);
      await sleep(100);
    }
  }
}

function rolledOut(object: KubeObject): KubeObject | undefined {
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
  const { spec = {}, status = {}, metadata, kind } = object;
  if (number(status.observedGeneration) < (metadata.generation ?? 0)) return undefined;
  if (kind === 'DaemonSet') {
    const wished = number(status.desiredNumberScheduled);
    return number(status.updatedNumberScheduled) === wished && number(status.numberAvailable) === wished
      ? object
      : undefined;
  }
  const wished = number(spec.replicas);
  const { replicas, updatedReplicas, readyReplicas } = status;
  return [replicas, updatedReplicas, readyReplicas].every((each) => number(each) === wished) ? object : undefined;
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof KubernautError && error.code === 'TARGET_NOT_FOUND') return undefined;
  throw error;
}
