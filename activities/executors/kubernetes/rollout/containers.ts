import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { valueAt } from '../fields/json-pointer';

/** Of a workload. */
export const CONTAINERS = '/spec/template/spec/containers';

/** Place of the container in the template; without a name that of the only one. A text says why none was found. */
export function containerIndex(workload: KubeObject, name: string | undefined): number | string {
  const names = ((valueAt(workload, CONTAINERS) ?? []) as JsonObject[]).map((each) => String(each.name));
  if (name === undefined)
    return names.length === 1 ? 0 : `it has ${names.length} containers, name one: ${names.join(', ')}`;
  const index = names.indexOf(name);
  return index >= 0 ? index : `it has no container ${name}; there are: ${names.join(', ')}`;
}
