import type { KubeObject } from '../../../cluster/cluster';

const DEFAULT_ANNOTATION = 'snapshot.storage.kubernetes.io/is-default-class';

export interface SnapshotClass {
  name: string;
  driver: string;
  /** `Retain`: the stored snapshot stays when its VolumeSnapshot is deleted. */
  deletionPolicy: string;
}

/**
 * The class to snapshot a volume of `driver` with: the named one, or the only default of that driver, as the snapshot
 * controller would choose it. A text says why there is none; another driver's class would never make a snapshot.
 */
export function chooseSnapshotClass(
  classes: readonly KubeObject[],
  { name, driver }: { name?: string; driver: string },
): SnapshotClass | string {
  const all = classes.map((each) => each.metadata.name).sort();
  const known = all.length > 0 ? `there are: ${all.join(', ')}` : 'there are none';
  const named = classes.find((each) => each.metadata.name === name);
  if (name !== undefined) {
    if (!named) return `there is no VolumeSnapshotClass ${name} (${known})`;
    if (named.driver !== driver)
      return `VolumeSnapshotClass ${name} is for driver ${String(named.driver)}, the volume is of ${driver}`;
    return toClass(named);
  }
  const defaults = classes.filter(
    ({ metadata, driver: own }) => own === driver && metadata.annotations?.[DEFAULT_ANNOTATION] === 'true',
  );
  const [only] = defaults;
  if (only && defaults.length === 1) return toClass(only);
  return only
    ? `driver ${driver} has ${defaults.length} default VolumeSnapshotClasses: name one as class`
    : `driver ${driver} has no default VolumeSnapshotClass: name one as class (${known})`;
}

function toClass({ metadata, driver, deletionPolicy }: KubeObject): SnapshotClass {
  return { name: metadata.name, driver: String(driver), deletionPolicy: String(deletionPolicy) };
}
