import { z } from 'zod';
import { defineAction } from '../../activities/contract';
import type { Plugin } from '../../activities/plugins';

/** An action whose phases do nothing; registered by the bench's own worker only, so that what is left is the engine. */
const noop = defineAction({
  name: 'bench_noop',
  executor: 'custom',
  description: 'Does nothing.',
  whenToUse: 'In the bench.',
  whenNotToUse: 'Anywhere else.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: false,
  targetKinds: [],
  permissions: [],
  params: z.strictObject({}),
  examples: [{ title: 'Nothing', params: {} }],
  validate: async () => ({ before: {}, diff: [], warnings: [], summary: 'nothing', noEffect: false }),
  execute: async () => ({ changed: true, summary: 'nothing', data: {} }),
  verify: async () => ({ verified: true, summary: 'nothing', data: {} }),
  rollback: async () => ({ changed: false, summary: 'nothing', data: {} }),
});

export const plugin: Plugin = { name: 'bench', actions: [noop] };
