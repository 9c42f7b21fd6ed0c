import { z } from 'zod';
import { schedulingAction } from './fields/scheduling-action';

/** Marks a node unschedulable; see `schedulingAction` for when that is true. */
export const cordonNode = schedulingAction({
  name: 'cordon_node',
  unschedulable: true,
  description: 'Marks a node unschedulable. Pods that run on it stay.',
  whenToUse: 'A node misbehaves or is about to be serviced, and no new pods should land on it.',
  whenNotToUse: 'The pods on the node suffer already: they stay where they are (use drain_node).',
  risk: 'low',
  params: z.strictObject({}),
  examples: [{ title: 'Keep new pods off a node', target: { kind: 'Node', name: 'node-1' }, params: {} }],
});
