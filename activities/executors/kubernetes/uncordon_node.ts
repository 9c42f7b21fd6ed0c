import { z } from 'zod';
import { schedulingAction } from './fields/scheduling-action';

/** Lets pods onto a node again; see `schedulingAction` for when that is true. */
export const uncordonNode = schedulingAction({
  name: 'uncordon_node',
  unschedulable: false,
  description: 'Lets new pods be scheduled onto a node again.',
  whenToUse: 'The reason for which the node was cordoned is gone.',
  whenNotToUse: 'A person cordoned the node for service that is still going on: ask first.',
  risk: 'low',
  params: z.strictObject({}),
  examples: [{ title: 'Take a node back into service', target: { kind: 'Node', name: 'node-1' }, params: {} }],
});
