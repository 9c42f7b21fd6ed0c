import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { valueAt } from '../fields/json-pointer';
import { conditionOf } from './deployment-conditions';

export interface Avoidance {
  nodes: readonly string[];
  zones: readonly string[];
}

/** Of a workload. */
export const NODE_TERMS =
  '/spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms';
const ZONE = 'topology.kubernetes.io/zone';

/**
 * The node selector terms with what is to be avoided in each of them, since any one of them suffices. Nodes go by their name
 * (matchFields takes one name a requirement), not by their hostname label, which may differ.
 */
export function avoid(terms: readonly JsonObject[], { nodes, zones }: Avoidance): JsonObject[] {
  const fields = nodes.map((node) => ({ key: 'metadata.name', operator: 'NotIn', values: [node] }));
  const expressions = zones.length > 0 ? [{ key: ZONE, operator: 'NotIn', values: [...zones] }] : [];
  return (terms.length > 0 ? terms : [{}]).map((term) => ({
    ...term,
    ...extended(term, 'matchFields', fields),
    ...extended(term, 'matchExpressions', expressions),
  }));
}

/** A requirement that is there already is not added twice: to avoid the same again is no change. */
function extended(term: JsonObject, key: string, added: readonly JsonObject[]): JsonObject {
  const present = (term[key] ?? []) as JsonObject[];
  const missing = added.filter((each) => !present.some((other) => isDeepStrictEqual(other, each)));
  return missing.length > 0 ? { [key]: [...present, ...missing] } : {};
}

export function isAvoided(node: KubeObject, { nodes, zones }: Avoidance): boolean {
  return nodes.includes(node.metadata.name) || zones.includes(node.metadata.labels?.[ZONE] ?? '');
}

/** Nodes that are ready, schedulable, not avoided and allowed by the template's nodeSelector; taints and room are not looked at. */
export function roomLeft(nodes: readonly KubeObject[], workload: KubeObject, avoidance: Avoidance): KubeObject[] {
  const selector = Object.entries((valueAt(workload, '/spec/template/spec/nodeSelector') ?? {}) as JsonObject);
  return nodes.filter(
    (node) =>
      !isAvoided(node, avoidance) &&
      node.spec?.unschedulable !== true &&
      conditionOf(node, 'Ready')?.status === 'True' &&
      selector.every(([key, value]) => node.metadata.labels?.[key] === value),
  );
}
