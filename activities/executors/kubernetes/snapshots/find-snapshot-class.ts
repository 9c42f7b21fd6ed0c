import { KubernautError } from '../../../../plan/errors';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { valueAt } from '../fields/json-pointer';
import { isTerminating } from '../pods/pod';
import { chooseSnapshotClass, type SnapshotClass } from './snapshot-class';
import { SNAPSHOT_API } from './volume-snapshot';

/** The class to snapshot the claim with (see `chooseSnapshotClass`), or all that stands against a snapshot, as sentences. */
export async function findSnapshotClass(
  ctx: ActionContext,
  claim: KubeObject,
  name?: string,
): Promise<SnapshotClass | string[]> {
  const [classes, driver] = await Promise.all([snapshotClasses(ctx), driverOf(ctx, claim)]);
  const problems = isTerminating(claim) ? ['it is being deleted'] : [];
  if (typeof classes === 'string') problems.push(classes);
  if (typeof driver === 'string') problems.push(driver);
  if (typeof classes === 'string' || typeof driver === 'string') return problems;
  const chosen = chooseSnapshotClass(classes, { name, driver: driver.name });
  if (typeof chosen === 'string') problems.push(chosen);
  return typeof chosen === 'string' || problems.length > 0 ? problems : chosen;
}

/** A text says that the cluster has no such thing as snapshots. */
async function snapshotClasses(ctx: ActionContext): Promise<KubeObject[] | string> {
  try {
    await ctx.cluster.resolveKind('VolumeSnapshot', SNAPSHOT_API);
    return (await ctx.cluster.list({ apiVersion: SNAPSHOT_API, kind: 'VolumeSnapshotClass' })).items;
  } catch (error) {
    if (!(error instanceof KubernautError) || error.code !== 'TARGET_NOT_FOUND') throw error;
    return `the cluster cannot make snapshots: ${error.message} (install CRDs and controller of the CSI external-snapshotter)`;
  }
}

/** The CSI driver of the claim's volume. A text says why it has none. */
async function driverOf(ctx: ActionContext, claim: KubeObject): Promise<{ name: string } | string> {
  const volumeName = claim.spec?.volumeName;
  const phase = String(claim.status?.phase ?? 'not bound');
  if (phase !== 'Bound' || typeof volumeName !== 'string') return `it is ${phase}, so there is no volume to snapshot`;
  const volume = await ctx.cluster.find({ apiVersion: 'v1', kind: 'PersistentVolume', name: volumeName });
  if (!volume) return `its volume ${volumeName} does not exist`;
  const driver = valueAt(volume, '/spec/csi/driver');
  return typeof driver === 'string' ? { name: driver } : `its volume ${volumeName} is not of a CSI driver`;
}
