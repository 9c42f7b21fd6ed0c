import type { KubeObject } from '../../../cluster/cluster';
import { pointer } from './json-pointer';
import type { FieldWish } from './recorded-field';

/**
 * Names the operations that changed the object: leads from the object back to the workflow, and tells a repeated execute
 * and an undo that a value is ours. A list, newest last, since steps on different fields of one object (cordon and taint of
 * a node) may overlap, and undoing one must not orphan the other.
 */
export const OPERATION_ANNOTATION = 'kubernaut.dev/operation-id';

const KEPT = 5;

export function stampOf(object: KubeObject): string {
  return object.metadata.annotations?.[OPERATION_ANNOTATION] ?? '';
}

export function isStampedBy(object: KubeObject, operationId: string): boolean {
  return entries(stampOf(object)).includes(operationId);
}

/** Stamped after the before-image (whose stamp is `earlier`) was taken: the same id may be there from an earlier run. */
export function isStampedSince(object: KubeObject, operationId: string, earlier: string): boolean {
  return isStampedBy(object, operationId) && !entries(earlier).includes(operationId);
}

export function addStamp(stamp: string, operationId: string): string {
  return [...entries(stamp).filter((each) => each !== operationId), operationId].slice(-KEPT).join(',');
}

/** The stamp as it was before `addStamp`, or, when others were added meanwhile, without our entry. */
export function withoutStamp(now: string, operationId: string, earlier: string): string {
  if (now === addStamp(earlier, operationId)) return earlier;
  return entries(now)
    .filter((each) => each !== operationId)
    .join(',');
}

/** As a field to set; lifted by its caller when the object has no annotations yet. */
export function stampWish(stamp: string): FieldWish {
  const path = pointer('metadata', 'annotations', OPERATION_ANNOTATION);
  return stamp === '' ? { path } : { path, value: stamp };
}

function entries(stamp: string): string[] {
  return stamp.split(',').filter((each) => each !== '');
}
