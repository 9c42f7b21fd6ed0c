import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { FIELD_MANAGER } from '../../../cluster/version';
import { describeWriters, lastWriterOf } from '../fields/managed-fields';
import { stampOf } from '../fields/operation-stamp';
import type { Sameness } from '../objects/created-object';
import { project } from './object-diff';

/** The fields of the manifest; what the server filled in beside is its own (the address of a Service). */
export const asApplied: Sameness = {
  holds: (found, manifest) => isDeepStrictEqual(project(found as unknown as JsonObject, manifest), manifest),
  foreign: (found, operationId) =>
    foreignWriter(found) ?? (stampOf(found) === operationId ? undefined : describeWriters(lastWriterOf(found))),
};

/** Somebody else who owns anything but status and finalizers, which controllers keep on objects of everybody. */
export function foreignWriter({ metadata }: KubeObject): string | undefined {
  const entries = (metadata.managedFields ?? []) as unknown as Array<{
    manager: string;
    subresource?: string;
    fieldsV1?: Record<string, JsonObject>;
  }>;
  return entries.find(({ manager, subresource, fieldsV1 = {} }) => {
    if (manager === FIELD_MANAGER || subresource === 'status') return false;
    const { 'f:metadata': own = {}, 'f:status': _, ...rest } = fieldsV1;
    return Object.keys(rest).length > 0 || Object.keys(own).some((key) => key !== 'f:finalizers');
  })?.manager;
}
