import type { JsonObject } from '../../../../plan/json';

/** A document that is right; tests break one thing in it. */
export function document(changes: { metadata?: JsonObject; spec?: JsonObject; steps?: unknown[] } = {}): JsonObject {
  return {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'web-down', reason: 'web is down', requester: 'jo', ...changes.metadata },
    spec: { steps: (changes.steps ?? [log('only')]) as JsonObject[], ...changes.spec },
  };
}

/** A step that needs no target. */
export function log(id: string, more: JsonObject = {}): JsonObject {
  return { id, action: 'log', params: { message: id }, ...more };
}

export function scale(id: string, more: JsonObject = {}): JsonObject {
  return { id, action: 'scale_deployment', target: 'Deployment/shop/web', params: { replicas: 3 }, ...more };
}
