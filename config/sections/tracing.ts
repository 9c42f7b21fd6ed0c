import { z } from 'zod';
import { secretRefSchema, type SecretRef } from '../secret-ref';

/** `tracing` of kubernaut.yaml: where OpenTelemetry spans are sent. Absent: nothing is traced. */
export const tracingSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL, e.g. http://otel-collector:4318/v1/traces' })
    .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'must not hold credentials; use headers')
    .describe('Takes OTLP over HTTP as JSON; the whole path, mostly `/v1/traces`.'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'must be the name of a header'), secretRefSchema)
    .default({})
    .describe('Sent with every export, as `Authorization`. Read at the start. Default: none.'),
  sampleRatio: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of traces that are kept; a caller that brings a trace has decided already. Default 1.'),
});
export type TracingSettings = z.output<typeof tracingSchema>;

/** The same settings with `absolute` applied to every path in them. */
export function withTracingPaths(settings: TracingSettings, absolute: (path: string) => string): TracingSettings {
  const ref = (secret: SecretRef): SecretRef => ('file' in secret ? { file: absolute(secret.file) } : secret);
  const headers = Object.entries(settings.headers).map(([name, secret]) => [name, ref(secret)] as const);
  return { ...settings, headers: Object.fromEntries(headers) };
}
