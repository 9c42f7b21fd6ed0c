import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import type { KubeObject } from '../../cluster/cluster';
import { fieldAction } from './fields/field-action';
import { valueAt } from './fields/json-pointer';
import { lostField } from './fields/lost-field';
import { nameSome } from './pods/pod';
import { brokenPodsWarning, replaceBrokenPods } from './rollout/broken-pods';
import { count } from './rollout/deployment-conditions';
import { avoid, isAvoided, NODE_TERMS, roomLeft } from './rollout/node-avoidance';
import { stableSeconds } from './rollout/stable-seconds';
import { waitForRollout } from './rollout/wait-for-rollout';
import { cannotRoll } from './rollout/workload';
import { ownedTargets, templatePermissions } from './rollout/workload-permissions';
import { displayName, validatedTarget } from './target/read-target';

const KINDS = ['Deployment', 'StatefulSet'] as const;

const params = z
  .strictObject({
    nodes: z.array(z.string().min(1).max(253)).max(50).default([]).describe('Names of nodes to stay away from.'),
    zones: z
      .array(z.string().min(1).max(63))
      .max(10)
      .default([])
      .describe('Zones to stay away from, by the label topology.kubernetes.io/zone of nodes.'),
    stableSeconds,
  })
  .refine(({ nodes, zones }) => nodes.length + zones.length > 0, {
    error: 'nothing to move away from: give nodes or zones',
  });

/** Required node affinity is added to what the template asks for already; the undo takes exactly that away again. */
export const migrateWorkload = fieldAction<z.infer<typeof params>>({
  name: 'migrate_workload',
  description: 'Moves the pods of a workload away from nodes or zones, by node affinity. All its pods are replaced.',
  whenToUse: 'A node or zone is bad for this workload (slow disk, lost network, noisy neighbour) and others may stay.',
  whenNotToUse:
    'The node is bad for everybody (drain_node), or the pods hold volumes that exist only there: they would not start.',
  risk: 'medium',
  disruption: 'workload',
  targetKinds: ownedTargets(KINDS),
  permissions: [...templatePermissions(KINDS), { apiGroup: '', resource: 'nodes', verbs: ['list'] }],
  params,
  examples: [
    {
      title: 'Away from a node',
      target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { nodes: ['node-7'] },
    },
    {
      title: 'Out of a zone',
      target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' },
      params: { zones: ['eu-west-1a'] },
    },
  ],

  async wish(ctx, workload, { nodes, zones }) {
    const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Node' });
    const unrollable = cannotRoll(workload);
    const problems = unrollable ? [unrollable] : [];
    if (count(workload.spec?.replicas) === 0) problems.push('it is scaled to zero: there is no pod to move');
    const names = new Set(items.map(({ metadata }) => metadata.name));
    const unknown = nodes.filter((node) => !names.has(node));
    if (unknown.length > 0) problems.push(`there is no node ${nameSome(unknown)}`);
    const left = roomLeft(items, workload, { nodes, zones });
    if (left.length === 0) problems.push('no ready, schedulable node that its nodeSelector allows would be left');
    const terms = (valueAt(workload, NODE_TERMS) ?? []) as JsonObject[];
    const claims = ((workload.spec?.volumeClaimTemplates ?? []) as unknown[]).length > 0;
    return {
      set: [{ path: NODE_TERMS, value: avoid(terms, { nodes, zones }) }],
      problems,
      warnings: [
        ...(claims
          ? ['its pods hold volumes: where those exist only on what is left behind, they will not start']
          : []),
        ...(await brokenPodsWarning(ctx, workload)),
      ],
      summary: `move ${displayName(workload.metadata)} away from ${nameSome([...nodes, ...zones])}`,
    };
  },

  follow: replaceBrokenPods,

  /** Success conditions: see `waitForRollout`, with the affinity that we set, and no pod runs on what was to be left. */
  async verify(ctx, step, validation) {
    const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Node' });
    const avoided = new Set(items.filter((node) => isAvoided(node, step.params)).map(({ metadata }) => metadata.name));
    return waitForRollout(ctx, {
      target: validatedTarget(validation),
      stableForMs: step.params.stableSeconds * 1000,
      changed: (workload) => lostField(workload, validation.diff),
      isNew: (pod: KubeObject) => !avoided.has(String(pod.spec?.nodeName)),
    });
  },
});
