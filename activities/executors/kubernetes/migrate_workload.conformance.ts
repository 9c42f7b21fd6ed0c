import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { valueAt } from './fields/json-pointer';
import { NODE_TERMS } from './rollout/node-avoidance';
import { stagedPod } from './rollout/staged-pod';

async function stageMove(
  stage: Stage,
  kind: 'Deployment' | 'StatefulSet',
  { broken = false, byPod = false } = {},
): Promise<Staged> {
  const { kube, workload } = stage;
  const { target: node } = await stage.node();
  const owner = await workload({ kind, replicas: 1 });
  const setTerms = (values: string[]) =>
    kube.merge(owner, {
      spec: {
        template: {
          spec: {
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [
                    { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values }] },
                  ],
                },
              },
            },
          },
        },
      },
    });
  const pod = byPod || broken ? await stagedPod(stage, owner, { broken }) : undefined;
  return {
    target: byPod ? pod : owner,
    params: { nodes: [node.name], stableSeconds: 1 },
    read: async () => valueAt(await kube.get(owner), NODE_TERMS) ?? 'absent',
    tamper: () => setTerms(['nowhere']),
    foreignChange: () => setTerms(['elsewhere']),
  };
}

export const conformance = defineFixture({
  action: 'migrate_workload',
  stage: (stage) => stageMove(stage, 'Deployment'),
  variants: {
    StatefulSet: (stage) => stageMove(stage, 'StatefulSet', { broken: true }),
    ofPod: (stage) => stageMove(stage, 'Deployment', { byPod: true }),
  },
});
