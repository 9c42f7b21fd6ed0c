import { z } from 'zod';
import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';

/** As it stands in `spec.taints`; a node holds at most one per key and effect. `timeAdded` is the server's. */
export type Taint = { key: string; value?: string; effect: string; timeAdded?: string };

const QUALIFIED = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export const taintKey = z
  .string()
  .max(317)
  .regex(QUALIFIED, 'must be a label key: an optional DNS prefix with /, then at most 63 letters, digits, - _ .')
  .describe('Key of the taint, e.g. `maintenance` or `example.com/broken-disk`.');

export const taintValue = z
  .string()
  .regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
    'must be a label value: at most 63 letters, digits, - _ .',
  );

export const taintEffect = z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']);

export function taintsOf(node: KubeObject): Taint[] {
  return (node.spec?.taints ?? []) as JsonObject[] as unknown as Taint[];
}

export function findTaint(node: KubeObject, { key, effect }: Pick<Taint, 'key' | 'effect'>): Taint | undefined {
  return taintsOf(node).find((each) => each.key === key && each.effect === effect);
}

/** `key=value:effect`, as kubectl writes it. */
export function showTaint({ key, value, effect }: Taint): string {
  return `${key}${value ? `=${value}` : ''}:${effect}`;
}

/** Taints that the node controller sets and takes away by itself: whoever writes them writes against it. */
export function isControllerTaint(key: string): boolean {
  return key.startsWith('node.kubernetes.io/') || key.startsWith('node.cloudprovider.kubernetes.io/');
}
