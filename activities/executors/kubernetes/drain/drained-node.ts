import { z } from 'zod';
import type { KubeObject, ListQuery } from '../../../cluster/cluster';
import { valueAt } from '../fields/json-pointer';
import { describeWriters, writersOf } from '../fields/managed-fields';
import { UNSCHEDULABLE } from '../fields/scheduling-action';

export const drainParams = z.strictObject({
  gracePeriodSeconds: z
    .int()
    .min(0)
    .max(3_600)
    .optional()
    .describe('How long pods may take to end, in seconds. Default: what each pod asks for.'),
  deleteEmptyDirData: z
    .boolean()
    .default(false)
    .describe('Evict pods with emptyDir volumes too; their data is lost. Default false.'),
  evictUnmanaged: z
    .boolean()
    .default(false)
    .describe('Evict pods without a controller too; nothing creates them again. Default false.'),
  podSelector: z.string().max(500).optional().describe('Label selector: only these pods are evicted. Default: all.'),
  maxConcurrent: z.int().min(1).max(100).default(20).describe('Evictions under way at the same time. Default 20.'),
});
export type DrainParams = z.infer<typeof drainParams>;

export function podsOn(node: string, { podSelector }: DrainParams): ListQuery {
  return { apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${node}`, labelSelector: podSelector };
}

export function nodeQuery(name: string): ListQuery {
  return { apiVersion: 'v1', kind: 'Node', fieldSelector: `metadata.name=${name}` };
}

/** Why the node is none to drain any more, if so. */
export function nodeLost(node: KubeObject | undefined): string | undefined {
  if (!node) return 'the node was deleted or replaced';
  if (valueAt(node, UNSCHEDULABLE) === true) return undefined;
  return `the node was uncordoned meanwhile, last written by ${describeWriters(writersOf(node, '/spec'))}`;
}
