import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { addStamp, OPERATION_ANNOTATION, stampOf } from '../fields/operation-stamp';

/** The most of an object that a before-image may hold, in characters of JSON: it stands in history, in one output with its diff. */
export const MAX_IMAGE = 24_000;

/** An object as somebody could have created it: without what the server or its controllers keep (uid, status, …). */
export function manifestOf(object: KubeObject): JsonObject {
  const { apiVersion, kind, metadata, status: _, ...rest } = object;
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = metadata;
  const kept = { name, namespace, labels, annotations, finalizers, ownerReferences };
  return JSON.parse(JSON.stringify({ apiVersion, kind, metadata: kept, ...rest })) as JsonObject;
}

export function tooLarge(manifest: JsonObject): string[] {
  const { length } = JSON.stringify(manifest);
  return length > MAX_IMAGE ? [`it is ${length} characters long; at most ${MAX_IMAGE} can be kept for an undo`] : [];
}

/** The manifest with the operation stamped on it, so that a second undo knows the object for its own. */
export function stamped(manifest: JsonObject, operationId: string): JsonObject {
  const metadata = manifest.metadata as KubeObject['metadata'];
  const stamp = addStamp(stampOf({ metadata } as KubeObject), operationId);
  return {
    ...manifest,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [OPERATION_ANNOTATION]: stamp } },
  } as JsonObject;
}

/** Equal in all that a person could have set, the stamp aside. */
export function sameManifest(a: JsonObject, b: JsonObject): boolean {
  return isDeepStrictEqual(withoutStamps(a), withoutStamps(b));
}

function withoutStamps(manifest: JsonObject): JsonObject {
  const metadata = manifest.metadata as JsonObject;
  const { [OPERATION_ANNOTATION]: _, ...annotations } = (metadata.annotations ?? {}) as JsonObject;
  const { annotations: __, ...rest } = metadata;
  return { ...manifest, metadata: { ...rest, ...(Object.keys(annotations).length > 0 && { annotations }) } };
}
