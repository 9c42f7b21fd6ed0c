import { createHash } from 'node:crypto';
import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { Json, JsonObject } from '../../../plan/json';
import type { JobTemplate } from '../../../config/sections/kubernetes/jobs';
import type { KubeObject } from '../../cluster/cluster';
import { describeRef } from '../../cluster/resource-path';
import { defineAction, type ActionContext } from '../../contract';
import { isStampedBy, OPERATION_ANNOTATION } from './fields/operation-stamp';
import { fillCommand } from './jobs/job-arguments';
import { logTail, type LogTail } from './pods/log-tail';
import { isControlledBy, stuckReason } from './pods/pod';
import { conditionOf } from './rollout/deployment-conditions';
import { preflight, refuseIf } from './target/preflight';
import { readTarget, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil } from './wait/wait-until';

const params = z.strictObject({
  template: z.string().min(1).max(63).describe('Name under `actions.kubernetes.jobs.templates` of the settings.'),
  args: z
    .record(z.string().max(31), z.union([z.string().max(1_000), z.int()]))
    .default({})
    .describe('Arguments that the template declares. Default: its defaults.'),
});
type Params = z.infer<typeof params>;

const LOG_LINES = 50;

/** `digest` of the whole manifest: what is created is what was approved, also after a change of the settings. */
type JobImage = { name: string; digest: string };

/**
 * Runs a Job that the settings describe. Its name follows from the operation id, so a second execute finds the first one's
 * Job instead of starting another; the target is the ServiceAccount that it runs as, in the namespace in which it runs.
 */
export const runJob = defineAction<Params, JobImage>({
  name: 'run_job',
  executor: 'kubernetes',
  description:
    'Runs a Job from a template of the settings (backup, failover, defragmentation …) and waits for its end.',
  whenToUse: 'A repair that is a program of its own, written and approved beforehand, as one of the templates.',
  whenNotToUse: 'No template does it: a plan cannot bring its own image or command.',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['ServiceAccount'],
  permissions: [
    { apiGroup: '', resource: 'serviceaccounts', verbs: ['get'] },
    { apiGroup: 'batch', resource: 'jobs', verbs: ['get', 'list', 'watch', 'create'] },
    { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'] },
    { apiGroup: '', resource: 'pods/log', verbs: ['get'] },
  ],
  params,
  examples: [
    {
      title: 'A backup before the repair',
      target: { kind: 'ServiceAccount', namespace: 'shop', name: 'backup' },
      params: { template: 'backup', args: { database: 'orders' } },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const account = await preflight(ctx, target, runJob);
    const { namespace = '', name } = account.metadata;
    const template = templateOf(ctx, step.params.template);
    const { command, problems } = fillCommand(template, step.params.args);
    if (template.serviceAccount !== name)
      problems.push(`the template runs as ServiceAccount ${template.serviceAccount}`);
    if (template.namespaces && !template.namespaces.includes(namespace))
      problems.push(`the template is for ${template.namespaces.join(', ')} only`);
    refuseIf(target, problems);
    const manifest = manifestOf(ctx, { template, id: step.params.template, command, namespace });
    await ctx.cluster.create(manifest, { dryRun: true });
    const { name: job } = manifest.metadata as { name: string };
    const { image } = template;
    return {
      target: resolvedTarget(target, account),
      before: { name: job, digest: digestOf(manifest) },
      diff: [{ path: '', after: { kind: 'Job', namespace, name: job, image, command, serviceAccount: name } }],
      warnings: [template.description],
      summary: `run Job ${step.params.template} in ${namespace}`,
      noEffect: false,
    };
  },

  async execute(ctx, step, validation) {
    const target = validatedTarget(validation);
    const { namespace = '' } = target;
    const { name, digest } = validation.before;
    const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace, name };
    const irreversible = [`Job ${namespace}/${name} (${step.params.template}) was run`];
    const effect = { changed: true, summary: validation.summary, data: { job: name, namespace }, irreversible };
    const found = await ctx.cluster.find(ref);
    if (found && isStampedBy(found, ctx.operationId)) return effect;
    if (found)
      throw new KubernautError('PRECONDITION_FAILED', `${describeRef(ref)} exists and is not of this operation`);
    await readTarget(ctx, target);
    const template = templateOf(ctx, step.params.template);
    const { command } = fillCommand(template, step.params.args);
    const manifest = manifestOf(ctx, { template, id: step.params.template, command, namespace });
    if (digestOf(manifest) !== digest) {
      throw new KubernautError(
        'TARGET_CHANGED',
        `the template ${step.params.template} is not the one of the preview any more`,
      );
    }
    // Two workers at once: the second is told that it exists, which is what it wants.
    await ctx.cluster.create(manifest).catch(async (error: unknown) => {
      const now =
        error instanceof KubernautError && error.code === 'PRECONDITION_FAILED' && (await ctx.cluster.find(ref));
      if (!now || !isStampedBy(now, ctx.operationId)) throw error;
    });
    return effect;
  },

  /**
   * True when the Job's controller says Complete; false at once when it says Failed, or when the Job is gone. Either way the end
   * of its last pod's log is part of the evidence, or why there is none.
   */
  async verify(ctx, _step, validation) {
    const { namespace } = validatedTarget(validation);
    const { name } = validation.before;
    const result = await waitUntil(ctx, {
      what: `Job ${namespace}/${name}`,
      queries: [
        { apiVersion: 'batch/v1', kind: 'Job', namespace, fieldSelector: `metadata.name=${name}` },
        { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` },
      ],
      evaluate: ([jobs = [], pods = []]) => {
        const job = jobs.find((each) => isStampedBy(each, ctx.operationId));
        if (!job) return { state: 'failed', reason: 'it does not exist (any more)' };
        const own = pods.filter((pod) => isControlledBy(pod, job.metadata.uid));
        const failed = conditionOf(job, 'Failed');
        if (failed?.status === 'True') {
          const codes = exitCodes(own);
          const ends = codes.length > 0 ? `, exit codes ${codes.join(', ')}` : '';
          return {
            state: 'failed',
            reason: `${failed.reason ?? 'Failed'}: ${failed.message ?? ''}${ends}`.slice(0, 400),
          };
        }
        if (conditionOf(job, 'Complete')?.status === 'True') return { state: 'met', value: exitCodes(own) };
        const why = own.map(stuckReason).find((each) => each !== undefined);
        return { state: 'waiting', reason: why ?? `${own.length} pods, not finished` };
      },
    });
    const log = await lastLog(ctx, { namespace, name });
    if (!result.met) return refuted(`Job ${namespace}/${name}: ${result.reason}`, { job: name, ...log });
    return proven(`Job ${namespace}/${name} is complete`, { job: name, exitCodes: result.value, ...log });
  },
});

/** Of the Job's newest pod; those of a Job that was stopped at its deadline are deleted. */
async function lastLog(
  ctx: ActionContext,
  { namespace, name }: { namespace?: string; name: string },
): Promise<LogTail> {
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector });
  const age = (pod: KubeObject) => pod.metadata.creationTimestamp ?? '';
  const pod = items.sort((a, b) => age(a).localeCompare(age(b))).at(-1);
  if (!pod) return { logAbsent: 'none of its pods is there (any more)' };
  return logTail(ctx, pod.metadata, { container: 'main', lines: LOG_LINES });
}

function templateOf(ctx: ActionContext, id: string): JobTemplate {
  const { templates } = ctx.settings.kubernetes.jobs;
  const template = Object.hasOwn(templates, id) ? templates[id] : undefined;
  if (template) return template;
  const known = Object.keys(templates).join(', ') || 'none';
  throw new KubernautError('PRECONDITION_FAILED', `the settings have no Job template ${id} (there are: ${known})`, {
    remedy: 'Add it under actions.kubernetes.jobs.templates of kubernaut.yaml.',
  });
}

interface Filled {
  template: JobTemplate;
  id: string;
  command: string[];
  namespace: string;
}

function manifestOf(ctx: ActionContext, { template, id, command, namespace }: Filled): JsonObject {
  const suffix = createHash('sha256').update(ctx.operationId).digest('hex').slice(0, 10);
  const env = Object.entries(template.env).map(([name, value]) => ({ name, value }));
  const container: JsonObject = {
    name: 'main',
    image: template.image,
    command,
    env,
    envFrom: template.envFromSecrets.map((name) => ({ secretRef: { name } })),
  };
  const labels = { 'kubernaut.dev/job-template': id };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      namespace,
      name: `kubernaut-${id.replaceAll('_', '-').slice(0, 40).replace(/-+$/, '')}-${suffix}`,
      labels,
      annotations: { [OPERATION_ANNOTATION]: ctx.operationId },
    },
    spec: {
      backoffLimit: template.retries,
      activeDeadlineSeconds: template.deadlineSeconds,
      ttlSecondsAfterFinished: template.keepSeconds,
      template: {
        metadata: { labels },
        spec: { restartPolicy: 'Never', serviceAccountName: template.serviceAccount, containers: [container] },
      },
    },
  };
}

function digestOf(manifest: JsonObject): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}

function exitCodes(pods: readonly KubeObject[]): number[] {
  return pods
    .flatMap((pod) => (pod.status?.containerStatuses ?? []) as JsonObject[])
    .map((status) => ((status.state as JsonObject | undefined)?.terminated as JsonObject | undefined)?.exitCode)
    .filter((code: Json | undefined): code is number => typeof code === 'number')
    .slice(0, 20);
}
