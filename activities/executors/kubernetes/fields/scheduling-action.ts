import type { z } from 'zod';
import type { ActionExample } from '../../../contract';
import { displayName, readTarget, validatedTarget } from '../target/read-target';
import { fieldAction } from './field-action';
import { describeWriters, writersOf } from './managed-fields';
import { valueAt } from './json-pointer';

export const UNSCHEDULABLE = '/spec/unschedulable';

interface SchedulingAction {
  name: string;
  unschedulable: boolean;
  description: string;
  whenToUse: string;
  whenNotToUse: string;
  risk: 'low' | 'medium' | 'high';
  params: z.ZodType<Record<string, never>>;
  examples: readonly ActionExample[];
}

/**
 * Cordon or uncordon. True when the node's `spec.unschedulable`, read back, is as wished: the scheduler goes by the field
 * alone, so there is nothing to wait for. (The field is absent on a schedulable node; `false` is never stored.)
 */
export function schedulingAction({ unschedulable, ...action }: SchedulingAction) {
  const word = unschedulable ? 'unschedulable' : 'schedulable';
  return fieldAction({
    ...action,
    disruption: unschedulable ? 'node' : 'none',
    targetKinds: ['Node'],
    // Listed for the disruption budget alone.
    permissions: [
      { apiGroup: '', resource: 'nodes', verbs: unschedulable ? ['get', 'list', 'patch'] : ['get', 'patch'] },
    ],
    wish: (_ctx, node) => ({
      set: [unschedulable ? { path: UNSCHEDULABLE, value: true } : { path: UNSCHEDULABLE }],
      summary: `${displayName(node.metadata)} becomes ${word}`,
    }),
    data: () => ({ unschedulable }),
    async verify(ctx, _step, validation) {
      const target = validatedTarget(validation);
      const node = await readTarget(ctx, target);
      const verified = (valueAt(node, UNSCHEDULABLE) === true) === unschedulable;
      const writers = describeWriters(writersOf(node, UNSCHEDULABLE));
      return {
        verified,
        summary: verified
          ? `${target.name} is ${word}`
          : `${target.name} is not ${word} any more, changed by ${writers}`,
        data: { unschedulable: valueAt(node, UNSCHEDULABLE) === true },
      };
    },
  });
}
