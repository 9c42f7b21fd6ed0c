import { defineFixture } from '../../conformance/fixture';
import { PAUSE_IMAGE } from '../../conformance/staging-workloads';

export const conformance = defineFixture({
  action: 'delete_pod',
  async stage({ kube, namespace, name, canary }) {
    const target = { apiVersion: 'v1', kind: 'Pod', namespace, name: name('alone') };
    const env = [{ name: 'API_TOKEN', value: canary }];
    const pod = await kube.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: target.name },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image: PAUSE_IMAGE, env }] },
    });
    await kube.until('the pod running', async () =>
      (await kube.get(target)).status?.phase === 'Running' ? true : undefined,
    );
    return {
      target,
      params: {},
      read: async () => {
        const found = await kube.find(target);
        return found?.metadata.uid === pod.metadata.uid && !found.metadata.deletionTimestamp;
      },
    };
  },
});
