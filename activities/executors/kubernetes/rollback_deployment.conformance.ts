import type { JsonObject } from '../../../plan/json';
import { defineFixture } from '../../conformance/fixture';
import { PAUSE_IMAGE } from '../../conformance/staging-workloads';
import { valueAt } from './fields/json-pointer';

export const conformance = defineFixture({
  action: 'rollback_deployment',
  async stage({ kube, workload }) {
    const target = await workload({ replicas: 2 });
    const containers = valueAt(await kube.get(target), '/spec/template/spec/containers') as JsonObject[];
    const release = (tier: string) =>
      kube.merge(target, {
        spec: {
          template: {
            spec: { containers: containers.map((each) => ({ ...each, image: PAUSE_IMAGE, args: [tier] })) },
          },
        },
      });
    await release('broken');
    await kube.rolledOut(target);
    return {
      target,
      params: { stableSeconds: 1 },
      read: async () => valueAt(await kube.get(target), '/spec/template'),
      tamper: () => release('broken'),
      foreignChange: () => release('fixed-by-hand'),
    };
  },
});
