import type { Json, JsonObject } from '../../../plan/json';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';

const selector = { matchLabels: { app: 'web' } };
const specs: Record<string, [apiVersion: string, spec: JsonObject]> = {
  ConfigMap: ['v1', {}],
  HorizontalPodAutoscaler: [
    'autoscaling/v2',
    { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  ],
  Ingress: ['networking.k8s.io/v1', { defaultBackend: { service: { name: 'web', port: { number: 80 } } } }],
  LimitRange: ['v1', { limits: [{ type: 'Container', default: { memory: '512Mi' } }] }],
  NetworkPolicy: ['networking.k8s.io/v1', { podSelector: selector, policyTypes: ['Ingress'] }],
  PodDisruptionBudget: ['policy/v1', { minAvailable: 1, selector }],
  ResourceQuota: ['v1', { hard: { pods: '100' } }],
  Service: ['v1', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }],
};

export const conformance = defineFixture({
  action: 'apply_manifest',
  /** Somebody else keeps the ConfigMap; the manifest adds a key of its own. */
  async stage({ kube, namespace, name }) {
    const target = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: name('settings') };
    await kube.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: target.name },
      data: { mode: 'fast', other: 'theirs' },
    });
    return {
      target,
      params: { manifest: { apiVersion: 'v1', kind: 'ConfigMap', data: { mode: 'fast', level: 'debug' } } },
      read: async () => {
        const { metadata, data } = await kube.get(target);
        return { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {}, data: (data ?? {}) as Json };
      },
      tamper: () => kube.merge(target, { data: { level: null } }),
      foreignChange: () => kube.merge(target, { data: { level: 'theirs' } }),
    };
  },
  variants: Object.fromEntries(
    Object.entries(specs).map(([kind, [apiVersion, spec]]) => [
      `a ${kind} that is not there`,
      (stage: Stage) => missing(stage, kind, apiVersion, spec),
    ]),
  ),
  notApplicable: { 'missing-object': 'an object that does not exist is created' },
});

async function missing(
  { kube, namespace, name }: Stage,
  kind: string,
  apiVersion: string,
  spec: JsonObject,
): Promise<Staged> {
  const target = { apiVersion, kind, namespace, name: name('applied') };
  const content: JsonObject = kind === 'ConfigMap' ? { data: { mode: 'fast' } } : { spec };
  return {
    target,
    params: { manifest: { apiVersion, kind, ...content } },
    read: async () => (await kube.find(target)) !== undefined,
  };
}
