import { z } from 'zod';
import { auditSchema } from './sections/audit';
import { approvalSchema } from './sections/approval';
import { actionRulesSchema } from './sections/action-rules';
import { encryptionSchema } from './sections/encryption';
import { bridgeSchema } from './sections/bridge';
import { customActionsSchema } from './sections/custom-actions';
import { incidentsSchema } from './sections/incidents';
import { holmesGptSchema } from './sections/holmesgpt';
import { guardsSchema } from './sections/guards';
import { kubernetesActionsSchema } from './sections/kubernetes-actions';
import { policySettingsSchema } from './sections/policy';
import { monitoringSchema } from './sections/monitoring';
import { stopSchema } from './sections/stop';
import { tracingSchema } from './sections/tracing';

/**
 * The settings file `kubernaut.yaml`, for worker and CLI alike. Every field has a default; unknown fields are refused. The
 * descriptions are the reference in docs/operations.md (`npm run docs`).
 * Credentials are never written here: Temporal's come from `temporal.toml` or `TEMPORAL_*`, a cluster's from its kubeconfig.
 */
export type Settings = z.output<typeof settingsSchema>;
export type TemporalSettings = Settings['temporal'];
export type ClusterSettings = Settings['clusters'][number];
export type WorkerSettings = Settings['worker'];

const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label: lower case letters, digits and -, at most 63');
const positive = z.int().min(1);
const perSecond = z.number().positive();
const share = z.number().gt(0).max(1);

const temporal = z.strictObject({
  address: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Default: of `TEMPORAL_ADDRESS`, else of the profile, else `localhost:7233`. The environment wins over this file.',
    ),
  namespace: z
    .string()
    .min(1)
    .optional()
    .describe('Default: of `TEMPORAL_NAMESPACE`, else of the profile, else `default`.'),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe('Profile of temporal.toml. Default: `TEMPORAL_PROFILE`, else `default`.'),
  configFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Path of temporal.toml, relative to this file. Default: `TEMPORAL_CONFIG_FILE`, else the Temporal CLI's own place.",
    ),
  webUi: z
    .url()
    .optional()
    .describe('Base of links to the Web UI, e.g. `https://temporal.example.com`; only for people.'),
  encryption: encryptionSchema
    .optional()
    .describe('Encrypts what Temporal stores; see docs/temporal.md. Default: nothing is encrypted.'),
});

const cluster = z
  .strictObject({
    name: name.describe("As targets call it; part of the task queue's name and of workflow ids."),
    kubeconfig: z.string().min(1).optional().describe('Path, relative to this file.'),
    context: z.string().min(1).optional().describe("Default: the kubeconfig's current context."),
    inCluster: z.boolean().default(false).describe('Use the ServiceAccount of the pod. Default false.'),
    environment: name.optional().describe('What it is for, as `actions.rules` call it: `production`. Default: none.'),
    monitoring: monitoringSchema
      .optional()
      .describe(
        'Prometheus, Alertmanager and Grafana that watch this cluster. Absent: monitoring actions refuse there.',
      ),
  })
  .refine(({ inCluster, kubeconfig, context }) => inCluster !== (kubeconfig !== undefined || context !== undefined), {
    message:
      'say how to reach it: either inCluster: true, or kubeconfig and/or context. No cluster is touched by default',
  });

const worker = z.strictObject({
  workflows: z
    .boolean()
    .default(true)
    .describe('Poll `kubernaut`: workflows, plan checks and actions outside any cluster. Default true.'),
  executors: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Executors whose actions this worker does in its clusters, by type or alias. Default: all.'),
  concurrency: z
    .strictObject({
      activities: positive.default(50).describe('Activities at once, per task queue. Default 50.'),
      executors: z
        .record(z.string(), positive)
        .default({})
        .describe(
          'Activities at once of one executor, in each of its clusters: `kubernetes: 30`. Those of `custom` are done on `kubernaut`. Each queue has slots of its own, so that a slow executor takes none from the others. Default: `activities`.',
        ),
      investigations: positive
        .default(20)
        .describe(
          'Questions to HolmesGPT at once. They take minutes, and have a task queue of their own, so that plans do not wait for them. Default 20.',
        ),
      machine: z
        .strictObject({
          memory: share.default(0.8).describe('Default 0.8.'),
          cpu: share.default(0.9).describe('Default 0.9.'),
          minimum: positive
            .default(5)
            .describe('Activities of each task queue that are begun however full it is. Default 5.'),
        })
        .optional()
        .describe(
          'How full the machine, or the container, may get before further activities wait for others to end; the numbers above stay the most of each task queue. Default: those numbers alone decide.',
        ),
      workflowTasks: z.int().min(2).default(40).describe('Workflow tasks at once. Default 40.'),
      cachedWorkflows: z
        .int()
        .min(0)
        // Not the SDK's default, which fills whatever heap the machine has: 0.4 MiB for each plan that only waits for a person.
        .default(100)
        .describe(
          'Runs kept in memory between their tasks; the others are replayed when something happens to them. Raise it when more than so many plans are at work at the same time; 0 replays each from its start. Default 100.',
        ),
    })
    .prefault({}),
  activitiesPerSecond: z
    .record(z.string(), perSecond)
    .default({})
    .describe(
      'Upper limit of activities started per second on a task queue, over all its workers: `kubernaut.prod.kubernetes: 20`.',
    ),
  shutdownGraceSeconds: z
    .number()
    .min(0)
    .default(20)
    .describe(
      'How long running activities may go on after SIGTERM before they are stopped and handed to another worker; stopping takes up to 15 s more. Default 20.',
    ),
  // Where `/metrics`, `/healthz` and `/readyz` are served.
  metrics: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('Default `127.0.0.1`; a pod needs `0.0.0.0`.'),
      port: z
        .union([z.int().min(0).max(65535), z.literal(false)])
        .default(9464)
        .describe('Default 9464; 0 takes a free port, false serves nothing.'),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').describe('Default `info`.'),
    })
    .prefault({}),
});

export const settingsSchema = z.strictObject({
  temporal: temporal.prefault({}),
  clusters: z
    .array(cluster)
    .default([])
    .superRefine((clusters, context) => {
      clusters.forEach(({ name }, index) => {
        if (clusters.findIndex((other) => other.name === name) < index) {
          context.addIssue({ code: 'custom', path: [index, 'name'], message: `two clusters are called ${name}` });
        }
      });
    }),
  worker: worker.prefault({}),
  guards: guardsSchema.prefault({}),
  incidents: incidentsSchema.prefault({}),
  stop: stopSchema.prefault({}),
  approval: approvalSchema.prefault({}),
  audit: auditSchema.prefault({}),
  actions: z
    .strictObject({
      kubernetes: kubernetesActionsSchema.prefault({}),
      custom: customActionsSchema.prefault({}),
      rules: actionRulesSchema,
    })
    .prefault({}),
  holmesgpt: holmesGptSchema
    .optional()
    .describe('Who is asked what is wrong. Absent: nobody is, and an incident goes to a person.'),
  policy: policySettingsSchema.prefault({}),
  bridge: bridgeSchema.prefault({}).describe('The HTTP server `kubernaut bridge`; see docs/bridge.md.'),
  tracing: tracingSchema
    .optional()
    .describe('Traces from alert to API call, by OpenTelemetry; see docs/monitoring.md. Absent: nothing is traced.'),
  plugins: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Modules with further executors and actions; paths relative to this file, or names of installed packages.',
    ),
});
