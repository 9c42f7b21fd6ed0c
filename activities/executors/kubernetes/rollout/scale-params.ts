import { z } from 'zod';

/** The parameters of scaling, before `onlyOneWish`; an action may extend them. */
export const scaleParams = z.strictObject({
  replicas: z.int().min(0).max(10_000).optional().describe('Number of replicas wished for.'),
  by: z
    .int()
    .min(-1_000)
    .max(1_000)
    .optional()
    .describe('Add so many replicas to the present number; negative: take away.'),
  factor: z.number().positive().max(10).optional().describe('Multiply the present number of replicas, rounded up.'),
  max: z.int().min(0).max(10_000).default(100).describe('Refuse to scale beyond so many replicas. Default 100.'),
});

/** A refinement: exactly one of the three ways to say how many. */
export function onlyOneWish({ replicas, by, factor }: z.infer<typeof scaleParams>): boolean {
  return [replicas, by, factor].filter((each) => each !== undefined).length === 1;
}

export const onlyOneWishMessage = { error: 'give exactly one of replicas, by, factor' };
