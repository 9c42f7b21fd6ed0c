import { z } from 'zod';
import { namePatternSchema } from '../name-pattern';
import { secretRefSchema } from '../secret-ref';

const confidence = z.number().min(0).max(1);

/** `holmesgpt` of kubernaut.yaml: who is asked what is wrong. Absent: nobody is, and incidents go to a person. */
export const holmesGptSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL, e.g. http://holmesgpt.monitoring:80' })
    .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'must not hold credentials; use apiKey')
    .describe('Base of HolmesGPT’s HTTP API, with path prefix if there is one.'),
  apiKey: secretRefSchema
    .optional()
    .describe('What the server has as `HOLMES_API_KEY`; sent as `X-API-Key`. Servers before 0.27 know none.'),
  caFile: z.string().min(1).optional().describe('PEM file of the authority that signed the server’s certificate.'),
  model: z
    .string()
    .regex(/^[\w./:@-]{1,128}$/, 'must be the name of a model')
    .optional()
    .describe('One of HolmesGPT’s own models. A name it does not know gets its default one. Default: its default.'),
  timeoutSeconds: z
    .int()
    .min(10)
    .max(3600)
    .default(600)
    .describe('How long one answer may take; most take two to four minutes. Default 600.'),
  stream: z.boolean().default(true).describe('Show progress, where the server can stream. Default true.'),
  minConfidence: confidence.default(0.5).describe('A recommendation with less is not made a plan of. Default 0.5.'),
  needsEvidence: z
    .boolean()
    .default(true)
    .describe('Refuse an answer for which HolmesGPT looked at nothing, or could not. Default true.'),
  automatic: z
    .strictObject({
      minConfidence: confidence.default(0.8).describe('At least so sure. Default 0.8.'),
      maxRisk: z.enum(['low', 'medium', 'high']).default('low').describe('At most this risky. Default low.'),
    })
    .optional()
    .describe('What may be done without asking a person, as far as everything else allows it. Default: nothing.'),
  offer: z
    .array(namePatternSchema)
    .min(1)
    .optional()
    .describe(
      'Actions that may be recommended, by name or pattern; those without a target never are. Default: those of the executor `kubernetes`.',
    ),
  withhold: z
    .array(namePatternSchema)
    .default(['patch_secret', 'restore_role_binding', 'apply_manifest', 'wait_for_condition'])
    .describe(
      'Actions that may not be, although offered. Default: those that write credentials, rights or whole objects, and those that take an expression.',
    ),
});
export type HolmesGptSettings = z.output<typeof holmesGptSchema>;

/** The same settings with `absolute` applied to every path in them. */
export function withHolmesGptPaths(settings: HolmesGptSettings, absolute: (path: string) => string): HolmesGptSettings {
  const { apiKey, caFile } = settings;
  return {
    ...settings,
    ...(apiKey && 'file' in apiKey && { apiKey: { file: absolute(apiKey.file) } }),
    ...(caFile !== undefined && { caFile: absolute(caFile) }),
  };
}
