import { z } from 'zod';
import { secretRefSchema, type SecretRef } from '../secret-ref';

const tls = z.strictObject({
  caFile: z.string().min(1).optional().describe('PEM file of the authority that signed the server’s certificate.'),
  certFile: z.string().min(1).optional().describe('PEM file of our own certificate, where the server asks for one.'),
  key: secretRefSchema.optional().describe('Its private key, PEM.'),
  serverName: z.string().min(1).optional().describe('Name in the server’s certificate, when it is not the URL’s host.'),
});

const auth = z
  .union([
    z.strictObject({ bearer: secretRefSchema.describe('Token, sent as `Authorization: Bearer`.') }),
    z.strictObject({ username: z.string().min(1), password: secretRefSchema }),
  ])
  .describe('Default: none.');

const endpoint = {
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL, e.g. https://alertmanager.example.com' })
    .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'must not hold credentials; use auth')
    .describe('Base of the HTTP API, with path prefix if there is one.'),
  tls: tls.optional(),
};

/**
 * `clusters[].monitoring` of kubernaut.yaml: the monitoring that watches this cluster. Paths are relative to the settings
 * file. Each part may be absent; actions that need it then refuse with `PRECONDITION_FAILED`.
 */
export const monitoringSchema = z.strictObject({
  alertmanager: z
    .strictObject({ ...endpoint, auth: auth.optional() })
    .optional()
    .describe('For silences, and for asking whether an alert still fires.'),
  prometheus: z
    .strictObject({ ...endpoint, auth: auth.optional() })
    .optional()
    .describe(
      'For queries, and to see whether changed rules are in force; to reload it, it needs `--web.enable-lifecycle`.',
    ),
  grafana: z
    .strictObject({ ...endpoint, token: secretRefSchema.describe('Token of a service account.') })
    .optional()
    .describe('For annotations, dashboards and alert rules of Grafana.'),
  rules: z
    .strictObject({
      file: z
        .string()
        .min(1)
        .optional()
        .describe(
          'Rule file of Prometheus that actions may change (target kind `RuleFile`); the worker must be able to write it.',
        ),
    })
    .prefault({})
    .describe('Rules that do not stand in PrometheusRule objects.'),
});

export type MonitoringSettings = z.output<typeof monitoringSchema>;
export type TlsSettings = z.output<typeof tls>;
export type AuthSettings = z.output<typeof auth>;

/** One HTTP API: where it is and how to speak to it. */
export interface HttpEndpoint {
  url: string;
  tls?: TlsSettings;
  auth?: AuthSettings;
}

/** The same settings with `absolute` applied to every path in them, those of secrets included. */
export function withMonitoringPaths(
  { alertmanager, prometheus, grafana, rules }: MonitoringSettings,
  absolute: (path: string) => string,
): MonitoringSettings {
  const ref = (secret: SecretRef): SecretRef => ('file' in secret ? { file: absolute(secret.file) } : secret);
  const endpointPaths = <T extends HttpEndpoint>(from: T): T => ({
    ...from,
    ...(from.tls && {
      tls: {
        ...from.tls,
        ...(from.tls.caFile && { caFile: absolute(from.tls.caFile) }),
        ...(from.tls.certFile && { certFile: absolute(from.tls.certFile) }),
        ...(from.tls.key && { key: ref(from.tls.key) }),
      },
    }),
    ...(from.auth && {
      auth:
        'bearer' in from.auth ? { bearer: ref(from.auth.bearer) } : { ...from.auth, password: ref(from.auth.password) },
    }),
  });
  return {
    ...(alertmanager && { alertmanager: endpointPaths(alertmanager) }),
    ...(prometheus && { prometheus: endpointPaths(prometheus) }),
    ...(grafana && { grafana: { ...endpointPaths(grafana), token: ref(grafana.token) } }),
    rules: rules.file === undefined ? {} : { file: absolute(rules.file) },
  };
}
