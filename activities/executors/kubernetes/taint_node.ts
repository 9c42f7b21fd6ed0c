import { z } from 'zod';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../cluster/cluster';
import type { ActionContext } from '../../contract';
import { intolerantPods } from './nodes/intolerant-pods';
import { describeTaints, taintAction, within } from './nodes/taint-action';
import { isControllerTaint, showTaint, taintEffect, taintKey, taintValue, type Taint } from './nodes/taint';
import { nameSome, podName } from './pods/pod';
import { readTarget, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil } from './wait/wait-until';

const params = z.strictObject({
  key: taintKey,
  value: taintValue.optional().describe('Value of the taint. Default: none.'),
  effect: taintEffect.describe(
    'NoSchedule and PreferNoSchedule concern new pods; NoExecute also deletes the pods that do not tolerate it.',
  ),
});
type Params = z.infer<typeof params>;

export const taintNode = taintAction<Params>({
  name: 'taint_node',
  description: 'Sets one taint of a node, found by key and effect; all its other taints stay as they are.',
  whenToUse: 'Only pods that tolerate it should land on the node (a broken disk, a full network), or stay there.',
  whenNotToUse:
    'No pod at all should land on it (cordon_node), or its pods should leave within their budgets (drain_node): NoExecute asks no budget.',
  risk: 'high',
  disruption: 'node',
  permissions: [
    { apiGroup: '', resource: 'nodes', verbs: ['get', 'list', 'patch'] },
    { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'] },
  ],
  params,
  examples: [
    {
      title: 'Only pods that tolerate the slow disk are placed there',
      target: { kind: 'Node', name: 'node-1' },
      params: { key: 'example.com/slow-disk', effect: 'NoSchedule' },
    },
    {
      title: 'Drive everything off that does not tolerate it',
      target: { kind: 'Node', name: 'node-1' },
      params: { key: 'maintenance', value: 'disk', effect: 'NoExecute' },
    },
  ],

  async wish(ctx, node, { key, value, effect }) {
    const taint: Taint = { key, ...(value && { value }), effect };
    const problems = isControllerTaint(key) ? [`the node controller sets and removes ${key} by itself`] : [];
    const scope = { key, effects: [effect] };
    const now = within(node, scope)[0];
    const same = now !== undefined && showTaint(now) === showTaint(taint);
    const leaving = effect === 'NoExecute' && !same ? await podsLeaving(ctx, node, taint) : [];
    return {
      scope,
      wished: [same ? now : taint],
      problems,
      warnings:
        leaving.length === 0
          ? []
          : [
              `${leaving.length} pods do not tolerate it and will be deleted, whatever their budgets say: ${nameSome(leaving.map(podName))}`,
            ],
      summary: `${node.metadata.name} gets the taint ${showTaint(taint)}`,
    };
  },

  irreversible: ({ before, target }) =>
    before.wished[0]?.effect === 'NoExecute'
      ? [`pods on ${target?.name ?? 'the node'} that do not tolerate ${showTaint(before.wished[0])} were deleted`]
      : [],

  /** True when the taint reads back as wished and, for NoExecute, every pod that does not tolerate it is gone. */
  async verify(ctx, { params: { effect } }, validation) {
    const target = validatedTarget(validation);
    const { scope, wished } = validation.before;
    const taint = wished[0];
    const check = async () => {
      const node = await readTarget(ctx, target);
      return isDeepStrictEqual(within(node, scope), wished) ? undefined : describeTaints(node, scope);
    };
    const wrong = await check();
    if (wrong || !taint) return refuted(`${target.name}: ${wrong ?? 'nothing was wished'}`);
    if (effect === 'NoExecute') {
      await waitUntil(ctx, {
        what: `pods leaving ${target.name}`,
        queries: [podsOfNode(target.name)],
        evaluate: ([pods = []]) => {
          const left = intolerantPods(pods, taint);
          if (left.length === 0) return { state: 'met', value: true };
          return { state: 'waiting', reason: `${left.length} pods that do not tolerate it are still there` };
        },
      });
      const later = await check();
      if (later) return refuted(`${target.name}: ${later}`);
    }
    return proven(`${target.name} has the taint ${showTaint(taint)}`, { taint: showTaint(taint) });
  },
});

async function podsLeaving(ctx: ActionContext, node: KubeObject, taint: Taint): Promise<KubeObject[]> {
  const { items } = await ctx.cluster.list(podsOfNode(node.metadata.name));
  return intolerantPods(items, taint);
}

function podsOfNode(name: string) {
  return { apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${name}` };
}
