import { z } from 'zod';
import { describeTaints, taintAction, within } from './nodes/taint-action';
import { isControllerTaint, showTaint, taintEffect, taintKey } from './nodes/taint';
import { readTarget, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';

const params = z.strictObject({
  key: taintKey,
  effect: taintEffect.optional().describe('Only the taint of this effect. Default: of all effects.'),
});
type Params = z.infer<typeof params>;

export const untaintNode = taintAction<Params>({
  name: 'untaint_node',
  description: 'Takes the taints of one key off a node; all its other taints stay as they are.',
  whenToUse: 'The reason for a taint is gone, and pods should be placed on the node again.',
  whenNotToUse: 'The node is cordoned (uncordon_node), or the taint is the node controller’s own.',
  risk: 'medium',
  disruption: 'none',
  permissions: [{ apiGroup: '', resource: 'nodes', verbs: ['get', 'patch'] }],
  params,
  examples: [
    {
      title: 'The disk was replaced',
      target: { kind: 'Node', name: 'node-1' },
      params: { key: 'example.com/slow-disk' },
    },
    {
      title: 'Let pods stay again, but place no new ones',
      target: { kind: 'Node', name: 'node-1' },
      params: { key: 'maintenance', effect: 'NoExecute' },
    },
  ],

  async wish(_ctx, node, { key, effect }) {
    const scope = { key, effects: effect ? [effect] : [...taintEffect.options] };
    const taints = within(node, scope).map(showTaint);
    return {
      scope,
      wished: [],
      problems: isControllerTaint(key) ? [`the node controller sets and removes ${key} by itself`] : [],
      summary: `${node.metadata.name} loses ${taints.length > 0 ? `the taint ${taints.join(', ')}` : `no taint: it has none of ${key}`}`,
    };
  },

  async verify(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const { scope } = validation.before;
    const node = await readTarget(ctx, target);
    const left = within(node, scope).map(showTaint);
    if (left.length > 0) return refuted(`${target.name}: ${describeTaints(node, scope)}`, { taints: left });
    return proven(
      `${target.name} has no taint of ${scope.key}${scope.effects.length === 1 ? `:${scope.effects[0]}` : ''}`,
      {
        key: scope.key,
      },
    );
  },
});
