import type { JsonObject } from '../../../plan/json';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'quarantine_pod',
  stage: (stage) => stagePod(stage, 'Deployment'),
  variants: {
    'a pod of a DaemonSet': async (stage) => {
      const { target, podSpec } = await stage.node();
      return stagePod(stage, 'DaemonSet', { ...podSpec, nodeSelector: { 'kubernetes.io/hostname': target.name } });
    },
  },
});

async function stagePod(
  { kube, namespace, workload }: Stage,
  kind: 'Deployment' | 'DaemonSet',
  podSpec?: JsonObject,
): Promise<Staged> {
  const { name: app } = await workload({ kind, podSpec });
  const service = { apiVersion: 'v1', kind: 'Service', namespace, name: app };
  await kube.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: app },
    spec: { selector: { app }, ports: [{ port: 80 }] },
  });
  const [pod] = await kube.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app=${app}` });
  if (!pod) throw new Error(`${app} has no pod`);
  const target = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name };
  await kube.until(`endpoints of ${service.name}`, async () => {
    const slices = await kube.list({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace });
    return JSON.stringify(slices).includes(pod.metadata.uid) || undefined;
  });
  return {
    target,
    params: {},
    read: async () => {
      const policies = await kube.list({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace });
      const own = policies.filter(({ metadata }) =>
        metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid),
      );
      // Byte for byte: the order of labels is the server's own, which sorts them.
      return { labels: (await kube.find(target))?.metadata.labels ?? {}, policies: own.length };
    },
    tamper: async () => {
      const policies = await kube.list({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace });
      for (const { metadata } of policies)
        if (metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid))
          await kube.remove({
            apiVersion: 'networking.k8s.io/v1',
            kind: 'NetworkPolicy',
            namespace,
            name: metadata.name,
          });
    },
    foreignChange: () => kube.merge(target, { metadata: { labels: { app: 'theirs' } } }),
  };
}
