import { z } from 'zod';
import { defineAction } from '../activities/contract';
import type { Plugin } from '../activities/plugins';

/** An action on a target that does nothing to it: its plans take their guards, and nothing else costs time. */
const hold = defineAction({
  name: 'bench_hold',
  executor: 'custom',
  description: 'Does nothing to a target.',
  whenToUse: 'In the bench.',
  whenNotToUse: 'Anywhere else.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: false,
  targetKinds: ['Deployment'],
  permissions: [],
  params: z.strictObject({}),
  examples: [{ title: 'Nothing', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} }],
  validate: async (_ctx, { target }) => ({
    ...(target && { target }),
    ...{ before: {}, diff: [{ path: '/held', after: true }], warnings: [], summary: 'hold', noEffect: false },
  }),
  execute: async () => ({ changed: true, summary: 'held', data: {} }),
  verify: async () => ({ verified: true, summary: 'held', data: {} }),
  rollback: async () => ({ changed: false, summary: 'nothing', data: {} }),
});

export const plugin: Plugin = { name: 'bench-hold', actions: [hold] };
