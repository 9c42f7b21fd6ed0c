import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { JsonObject } from '../../../plan/json';
import type { KubeObject } from '../../cluster/cluster';
import { describeRef } from '../../cluster/resource-path';
import { defineAction, type ActionContext } from '../../contract';
import { valueAt } from './fields/json-pointer';
import { describeWriters, lastWriterOf } from './fields/managed-fields';
import { isStampedBy } from './fields/operation-stamp';
import { retryConflicts } from './fields/retry-conflicts';
import { nothingToUndo } from './fields/set-fields';
import { isTerminating } from './pods/pod';
import { waitUntilGone } from './pods/wait-until-gone';
import { findSnapshotClass } from './snapshots/find-snapshot-class';
import {
  claimsInTheMaking,
  isAsCreated,
  snapshotManifest,
  snapshotName,
  snapshotRef,
  type SnapshotImage,
} from './snapshots/volume-snapshot';
import { preflight, refusal } from './target/preflight';
import { displayName, readTarget, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { persisting } from './wait/persisting';
import { waitUntil } from './wait/wait-until';

const GROUP = 'snapshot.storage.k8s.io';
/** The controller retries by itself and leaves the last error standing; one that a retry mends is gone by then. */
const ERROR_LASTS_MS = 5_000;

const params = z.strictObject({
  class: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe('The VolumeSnapshotClass. Default: the default class of the driver of the volume.'),
});
type Params = z.infer<typeof params>;

export const snapshotPvc = defineAction<Params, SnapshotImage>({
  name: 'snapshot_pvc',
  executor: 'kubernetes',
  description:
    'Takes a snapshot of the volume of a PersistentVolumeClaim (VolumeSnapshot) and waits until it can be used.',
  whenToUse: 'Before a step that may damage data: a migration, a repair of a database, delete_pvc.',
  whenNotToUse: 'A backup is meant: the snapshot lies on the same storage. It is as after a power cut, not flushed.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['PersistentVolumeClaim'],
  permissions: [
    { apiGroup: '', resource: 'persistentvolumeclaims', verbs: ['get', 'list'] },
    { apiGroup: '', resource: 'persistentvolumes', verbs: ['get'] },
    { apiGroup: GROUP, resource: 'volumesnapshotclasses', verbs: ['list'] },
    { apiGroup: GROUP, resource: 'volumesnapshots', verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  ],
  params,
  examples: [
    {
      title: 'Before the claim is deleted',
      target: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data-db-0' },
      params: {},
    },
    {
      title: 'With a class of its own',
      target: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data-db-0' },
      params: { class: 'csi-disk-retain' },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const claim = await preflight(ctx, target, snapshotPvc);
    const { namespace, name } = claim.metadata;
    const chosen = await findSnapshotClass(ctx, claim, step.params.class);
    if (Array.isArray(chosen)) throw refusal(target, chosen);
    const { deletionPolicy } = chosen;
    const before = { name: snapshotName(name, ctx.operationId), class: chosen.name, deletionPolicy };
    const manifest = snapshotManifest(ctx, claim.metadata, before);
    await createOnce(ctx, snapshotRef(namespace, before), manifest, { dryRun: true });
    return {
      target: resolvedTarget(target, claim),
      before,
      diff: [{ path: '', after: { kind: 'VolumeSnapshot', namespace: namespace ?? '', ...before } }],
      warnings: [
        'programs that write to the volume are not stopped: the snapshot is as after a power cut',
        ...(deletionPolicy === 'Delete'
          ? []
          : [`class ${chosen.name} keeps the stored snapshot when the VolumeSnapshot is deleted, also by an undo`]),
      ],
      summary: `snapshot of volume claim ${displayName(claim.metadata)} with class ${chosen.name}`,
      noEffect: false,
    };
  },

  async execute(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const ref = snapshotRef(target.namespace, validation.before);
    let snapshot = await ctx.cluster.find(ref);
    if (!snapshot) {
      await readTarget(ctx, target);
      snapshot = await createOnce(ctx, ref, snapshotManifest(ctx, target, validation.before));
    }
    if (!isStampedBy(snapshot, ctx.operationId))
      throw new KubernautError('PRECONDITION_FAILED', `${describeRef(ref)} exists and is not of this operation`);
    const { name, uid } = snapshot.metadata;
    return { changed: true, summary: validation.summary, data: { snapshot: name, uid } };
  },

  /**
   * True when the snapshot controller says `readyToUse`. False as soon as it is deleted, or when an error stands for 5 s (with a
   * driver that cannot, it would stand for ever).
   */
  async verify(ctx, _step, validation, effect) {
    const { namespace } = validatedTarget(validation);
    const { apiVersion, kind, name } = snapshotRef(namespace, validation.before);
    const failing = persisting(ctx.clock, ERROR_LASTS_MS);
    const what = `VolumeSnapshot ${displayName({ namespace, name })}`;
    const result = await waitUntil(ctx, {
      what,
      queries: [{ apiVersion, kind, namespace, fieldSelector: `metadata.name=${name}` }],
      evaluate: ([snapshots = []]) => {
        const snapshot = snapshots.find(({ metadata }) => metadata.uid === effect.data.uid);
        if (!snapshot) return { state: 'failed', reason: 'it does not exist (any more)' };
        if (isTerminating(snapshot)) return { state: 'failed', reason: 'it is being deleted' };
        const status = snapshot.status ?? {};
        const error = valueAt(status, '/error/message');
        const { lasted, leftMs } = failing(error !== undefined);
        if (error !== undefined) {
          const reason = `the snapshot fails: ${String(error).replace(/\s+/g, ' ').slice(0, 300)}`;
          return lasted ? { state: 'failed', reason } : { state: 'waiting', reason, recheckInMs: leftMs };
        }
        if (status.readyToUse === true) return { state: 'met', value: evidenceOf(status) };
        const bound = status.boundVolumeSnapshotContentName !== undefined;
        return {
          state: 'waiting',
          reason: bound ? 'not ready to use yet' : 'no snapshot controller has taken it up yet',
        };
      },
    });
    if (!result.met) return refuted(`${what}: ${result.reason}`, { snapshot: name });
    return proven(`${what} is ready to use`, { snapshot: name, ...result.value });
  },

  /** Deletes exactly our snapshot; one that somebody took over, or restores from right now, is left alone. */
  async rollback(ctx, _step, validation, effect) {
    const target = validatedTarget(validation);
    const ref = snapshotRef(target.namespace, validation.before);
    const name = describeRef(ref);
    // The snapshot controller writes status all the time; what matters is looked at anew each time.
    const deleted = await retryConflicts(ctx, async () => {
      const found = await ctx.cluster.find(ref);
      if (!found) return `${name} does not exist`;
      const { uid, resourceVersion } = found.metadata;
      const ours = isStampedBy(found, ctx.operationId) && (effect?.data.uid ?? uid) === uid;
      if (!ours) return `${name} is not of this step`;
      if (isTerminating(found)) return { uid, changed: ctx.attempt > 1 };
      if (!isAsCreated(found, snapshotManifest(ctx, target, validation.before))) {
        const by = describeWriters(lastWriterOf(found));
        throw new KubernautError('UNDO_CONFLICT', `${name} was changed by ${by} and is left alone`);
      }
      const claims = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: ref.namespace };
      const restoring = claimsInTheMaking((await ctx.cluster.list(claims)).items, ref.name);
      if (restoring.length > 0) {
        const whose = `volume claims are being made from it: ${restoring.slice(0, 5).join(', ')}`;
        throw new KubernautError('UNDO_CONFLICT', `${name} is left alone: ${whose}`);
      }
      await ctx.cluster.delete(ref, { uid, resourceVersion });
      return { uid, changed: true };
    });
    if (typeof deleted === 'string') return nothingToUndo(deleted);
    const { uid, changed } = deleted;
    // Its finalizers hold it until the stored snapshot is gone.
    await waitUntilGone(ctx, { cluster: target.cluster, ...ref, uid });
    const kept =
      validation.before.deletionPolicy === 'Delete' ? '' : '; the stored snapshot is kept, as its class says';
    return { changed, summary: `${name}, which this step had created, is gone${kept}`, data: { uid } };
  },
});

function evidenceOf(status: JsonObject): JsonObject {
  const { boundVolumeSnapshotContentName: content, creationTime, restoreSize } = status;
  return {
    ...(content !== undefined && { content }),
    ...(creationTime !== undefined && { creationTime }),
    ...(restoreSize !== undefined && { restoreSize }),
  };
}

/** Two workers at once: the second is told that it exists, which is what it wants. */
async function createOnce(
  ctx: ActionContext,
  ref: ReturnType<typeof snapshotRef>,
  manifest: JsonObject,
  options: { dryRun?: boolean } = {},
): Promise<KubeObject> {
  return ctx.cluster.create(manifest, options).catch(async (error: unknown) => {
    const exists = error instanceof KubernautError && error.code === 'PRECONDITION_FAILED';
    const present = exists ? await ctx.cluster.find(ref) : undefined;
    if (present && isStampedBy(present, ctx.operationId)) return present;
    throw error;
  });
}
