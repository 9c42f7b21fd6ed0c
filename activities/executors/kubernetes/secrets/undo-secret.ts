import { createHash } from 'node:crypto';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { OPERATION_ANNOTATION } from '../fields/operation-stamp';
import { dataOf } from './value-source';

/**
 * # Where the old values are
 *
 * A before-image stands in history, which many may read; a Secret's values must not. So the old and the new values of one
 * operation are kept in an immutable Secret of their own, `kubernaut-undo-<hash of the operation id>`, beside the changed one:
 * whoever may read that may read this, and nobody else. It is written *before* the change, so that
 * - a second attempt finds the values that the first one generated (execute twice = one change), and
 * - an undo finds the old values whatever happened in between.
 * It is deleted by the undo; by Kubernetes' garbage collector together with the changed Secret (owner reference); and by the
 * next change of any Secret in the namespace once it is older than `actions.kubernetes.secrets.keepUndoDays`. After that
 * nothing can be undone any more, and the undo says so (`UNDO_IMPOSSIBLE`).
 */
export interface UndoRecord {
  object: KubeObject;
  before: Record<string, string>;
  after: Record<string, string>;
}

const LABEL = 'kubernaut.dev/undo';
const EXPIRES = 'kubernaut.dev/expires-at';

export function undoSecretName(operationId: string): string {
  return `kubernaut-undo-${createHash('sha256').update(operationId).digest('hex').slice(0, 20)}`;
}

export async function findUndoRecord(ctx: ActionContext, secret: KubeObject): Promise<UndoRecord | undefined> {
  const object = await ctx.cluster.find(refFor(ctx, secret.metadata.namespace));
  if (!object) return undefined;
  const mine =
    object.metadata.annotations?.[OPERATION_ANNOTATION] === ctx.operationId &&
    object.metadata.ownerReferences?.some(({ uid }) => uid === secret.metadata.uid);
  if (!mine) {
    throw new KubernautError(
      'PRECONDITION_FAILED',
      `Secret ${object.metadata.name} exists and is not of this operation`,
    );
  }
  const part = (prefix: string) =>
    Object.fromEntries(
      Object.entries(dataOf(object)).flatMap(([key, value]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
      ),
    );
  return { object, before: part('before.'), after: part('after.') };
}

/** @throws CONFLICT when another attempt created it at the same time: read it then */
export async function createUndoRecord(
  ctx: ActionContext,
  secret: KubeObject,
  values: { before: Record<string, string>; after: Record<string, string> },
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<void> {
  const { namespace, name, uid } = secret.metadata;
  const expires = ctx.clock.now() + ctx.settings.kubernetes.secrets.keepUndoDays * 86_400_000;
  const prefixed = (prefix: string, data: Record<string, string>) =>
    Object.entries(data).map(([key, value]) => [`${prefix}${key}`, value] as const);
  const record: JsonObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...(namespace && { namespace }),
      name: undoSecretName(ctx.operationId),
      labels: { [LABEL]: 'secret' },
      annotations: { [OPERATION_ANNOTATION]: ctx.operationId, [EXPIRES]: new Date(expires).toISOString() },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name, uid }],
    },
    type: 'Opaque',
    immutable: true,
    data: Object.fromEntries([...prefixed('before.', values.before), ...prefixed('after.', values.after)]),
  };
  try {
    await ctx.cluster.create(record, { dryRun });
  } catch (error) {
    const exists = error instanceof KubernautError && error.code === 'PRECONDITION_FAILED';
    if (exists && dryRun) return;
    throw exists ? new KubernautError('CONFLICT', error.message) : error;
  }
}

export async function deleteUndoRecord(ctx: ActionContext, { object }: UndoRecord): Promise<void> {
  await deleteExactly(ctx, object);
}

/** Deletes the records of the namespace whose time is over. A failure does not concern the step: it is logged. */
export async function deleteExpiredRecords(ctx: ActionContext, namespace: string | undefined): Promise<void> {
  try {
    const query = { apiVersion: 'v1', kind: 'Secret', namespace, labelSelector: `${LABEL}=secret` };
    const { items } = await ctx.cluster.list(query);
    const now = new Date(ctx.clock.now()).toISOString();
    const expired = items.filter(({ metadata }) => (metadata.annotations?.[EXPIRES] ?? now) < now);
    for (const each of expired) await deleteExactly(ctx, each);
  } catch (error) {
    ctx.log.warn('old values kept for undos could not be cleaned up', { reason: (error as Error).message });
  }
}

async function deleteExactly(ctx: ActionContext, { metadata }: KubeObject): Promise<void> {
  const { namespace, name, uid } = metadata;
  await ctx.cluster.delete({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { uid }).catch((error: unknown) => {
    const gone = error instanceof KubernautError && ['TARGET_NOT_FOUND', 'TARGET_REPLACED'].includes(error.code);
    if (!gone) throw error;
  });
}

function refFor(ctx: ActionContext, namespace: string | undefined) {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name: undoSecretName(ctx.operationId) };
}
