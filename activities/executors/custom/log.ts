import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import { defineAction } from '../../contract';

const scalar = z.union([z.string().max(1024), z.number(), z.boolean()]);

const params = z.strictObject({
  level: z.enum(['info', 'warn']).default('info'),
  /** At most 4 KiB of UTF-8. */
  message: z
    .string()
    .trim()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= 4096, 'must be at most 4 KiB'),
  /** Up to 20 further fields of the line, flat. */
  fields: z
    .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,62}$/), scalar)
    .refine((fields) => Object.keys(fields).length <= 20, 'must be at most 20 fields')
    .optional(),
});

/**
 * Writes one line into the worker's log. That is its whole effect, and it cannot be read back: a log line leaves the process
 * and is gone. After an attempt whose end was not recorded, the next one writes the line again, with the same operation id
 * and its own attempt number, so a reader can tell that it is the same one.
 */
export const log = defineAction<z.output<typeof params>, JsonObject>({
  name: 'log',
  executor: 'custom',
  description: 'Writes one structured line into the worker’s log, with the operation id of the step.',
  whenToUse: 'To leave a mark for log-based alerts or for people at a point in the plan.',
  whenNotToUse: 'To fix or report anything: it changes nothing in any cluster and reaches nobody by itself.',
  risk: 'low',
  // Nothing that anybody relies on is changed; there is nothing to bring back.
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: true,
  clusterScoped: false,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    { title: 'Mark a point in the plan', params: { message: 'memory limit raised, watching the rollout' } },
    {
      title: 'A warning with fields',
      params: { level: 'warn', message: 'rollout is slow', fields: { service: 'shop/web', minutes: 12 } },
    },
  ],

  async validate(_ctx, { params }) {
    return {
      before: {},
      diff: [],
      warnings: [],
      summary: `log ${params.level}: ${shorten(params.message)}`,
      noEffect: false,
    };
  },

  async execute(ctx, { params }) {
    ctx.log[params.level](params.message, params.fields === undefined ? {} : { fields: params.fields });
    const data = { operationId: ctx.operationId, attempt: ctx.attempt, level: params.level };
    return { changed: true, summary: `logged ${params.level}: ${shorten(params.message)}`, data };
  },

  async verify(ctx, _step, _validation, effect) {
    // There is no reading that proves a log line; all that is known is that execute came to its end.
    const written = effect.data['operationId'] === ctx.operationId;
    return {
      verified: written,
      summary: written
        ? 'the line was handed to the worker’s log; whether it was collected cannot be read back'
        : 'execute did not report a line of this operation',
      data: { readBack: false, operationId: ctx.operationId },
    };
  },
});

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
}
