import { z } from 'zod';

/** A key of a ConfigMap's or a Secret's data, by the API's own rule. */
export const dataKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, 'must consist of letters, digits, - _ and .')
  .refine((key) => !/^\.\.?$/.test(key) && !key.startsWith('..'), 'must not begin with ..');
