import { z } from 'zod';
import { isQuantity, parseQuantity } from '../quantity';
import { resourceFields, type Change, type ResourceField } from './raise-resources';

const quantity = z.string().max(32).refine(isQuantity, { error: 'is no Kubernetes quantity (250m, 512Mi, 1.5Gi)' });
const cap = quantity.optional().describe('Never beyond this value; at the cap already, nothing changes.');
const change = z.union([
  quantity.describe('The value wished for.'),
  z.strictObject({ by: quantity.describe('Add so much.'), cap }),
  z.strictObject({
    factor: z.number().gt(1).max(10).describe('Multiply; rounded up to 1m of CPU or 1Mi of memory.'),
    cap,
  }),
]);
const resource = z.strictObject({ request: change.optional(), limit: change.optional() });

export const increaseParams = z
  .strictObject({
    container: z.string().max(63).optional().describe('Name of the container. Default: the only one.'),
    cpu: resource.optional().describe('CPU request and limit: a quantity, {by, cap?} or {factor, cap?}.'),
    memory: resource.optional().describe('Memory request and limit: a quantity, {by, cap?} or {factor, cap?}.'),
    stableSeconds: z
      .number()
      .min(0)
      .max(600)
      .default(3)
      .describe(
        'So long all pods must stay Ready without a restart before the rollout counts as good, in seconds. Default 3.',
      ),
  })
  .refine(
    ({ cpu, memory }) => [cpu?.request, cpu?.limit, memory?.request, memory?.limit].some((each) => each !== undefined),
    {
      error: 'nothing to increase: give cpu or memory with request or limit',
    },
  );
export type IncreaseParams = z.infer<typeof increaseParams>;

/** The params as one change per field that is to change. */
export function changesOf({ cpu, memory }: IncreaseParams): Array<[ResourceField, Change]> {
  const given = { cpu, memory };
  return resourceFields.flatMap((field): Array<[ResourceField, Change]> => {
    const wished = given[field.resource]?.[field.side === 'requests' ? 'request' : 'limit'];
    if (wished === undefined) return [];
    if (typeof wished === 'string') return [[field, { to: parseQuantity(wished) }]];
    const most = wished.cap === undefined ? undefined : parseQuantity(wished.cap);
    return [
      [field, 'by' in wished ? { by: parseQuantity(wished.by), cap: most } : { factor: wished.factor, cap: most }],
    ];
  });
}
