import { createHash } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import type { JsonObject } from '../../../../plan/json';

/** Added by the Deployment controller to the templates of ReplicaSets, never part of what a person wrote. */
const HASH_LABEL = 'pod-template-hash';

/** Stands for a pod template in before-images: a template may be large, and its environment may carry secrets. */
export function templateHash(template: JsonObject): string {
  return `sha256:${createHash('sha256').update(stringify(template)).digest('hex').slice(0, 32)}`;
}

/** A ReplicaSet's template as the Deployment had it. */
export function withoutHashLabel(template: JsonObject): JsonObject {
  const metadata = (template.metadata ?? {}) as JsonObject;
  const labels = Object.entries((metadata.labels ?? {}) as JsonObject).filter(([key]) => key !== HASH_LABEL);
  return { ...template, metadata: { ...metadata, labels: Object.fromEntries(labels) } };
}
