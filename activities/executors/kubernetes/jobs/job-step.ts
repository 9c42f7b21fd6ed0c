import { z } from 'zod';
import type { JobTemplate } from '../../../../config/sections/kubernetes/jobs';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { Effect, Evidence } from '../../../../plan/step-io';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext, ActionStep, ActionValidation, Permission } from '../../../contract';
import { isStampedBy } from '../fields/operation-stamp';
import { conditionOf } from '../rollout/deployment-conditions';
import { preflight, refuseIf } from '../target/preflight';
import { readTarget, resolvedTarget, targetOf, validatedTarget } from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { fillCommand } from './job-arguments';
import { lastLog, stopJob, waitForEnd } from './job-end';
import { digestOf, jobManifest, templateOf } from './job-manifest';

export const jobParams = z.strictObject({
  template: z.string().min(1).max(63).describe('Name under `actions.kubernetes.jobs.templates` of the settings.'),
  args: z
    .record(z.string().max(31), z.union([z.string().max(1_000), z.int()]))
    .default({})
    .describe('Arguments that the template declares. Default: its defaults.'),
});
export type JobParams = z.infer<typeof jobParams>;

/** `digest` of the whole manifest: what is created is what was approved, also after a change of the settings. */
export type JobImage = { name: string; digest: string; undo?: { name: string; digest: string } };

type Step = ActionStep<JobParams>;
type Validated = ActionValidation<JobImage>;

export const JOB_TARGETS: readonly string[] = ['ServiceAccount'];

export const jobPermissions: readonly Permission[] = [
  { apiGroup: '', resource: 'serviceaccounts', verbs: ['get'] },
  { apiGroup: 'batch', resource: 'jobs', verbs: ['get', 'list', 'watch', 'create'] },
  { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'] },
  { apiGroup: '', resource: 'pods/log', verbs: ['get'] },
];

export async function validateJob(
  ctx: ActionContext,
  step: Step,
  { permissions, undo }: { permissions: readonly Permission[]; undo: boolean },
): Promise<Validated> {
  const target = targetOf(step);
  const account = await preflight(ctx, target, { permissions, targetKinds: JOB_TARGETS });
  const { namespace = '', name } = account.metadata;
  const { template: id, args } = step.params;
  const template = templateOf(ctx, id);
  const { command, problems } = fillCommand(template, args);
  if (template.serviceAccount !== name) problems.push(`the template runs as ServiceAccount ${template.serviceAccount}`);
  if (template.namespaces && !template.namespaces.includes(namespace))
    problems.push(`the template is for ${template.namespaces.join(', ')} only`);
  if (undo && !template.undo) problems.push(`the template ${id} has no undo (run_job)`);
  refuseIf(target, problems);
  const manifest = jobManifest(ctx, { template, id, command, namespace });
  const back = undo ? undoManifest(ctx, step, namespace, 'unknown') : undefined;
  for (const each of [manifest, ...(back ? [back] : [])]) await ctx.cluster.create(each, { dryRun: true });
  const after = {
    kind: 'Job',
    namespace,
    name: nameOf(manifest),
    image: template.image,
    command,
    serviceAccount: name,
  };
  const undoCommand = back && fillCommand({ ...template, command: template.undo!.command }, args).command;
  return {
    target: resolvedTarget(target, account),
    before: {
      ...{ name: nameOf(manifest), digest: digestOf(manifest) },
      ...(back && { undo: { name: nameOf(back), digest: digestOf(back) } }),
    },
    diff: [{ path: '', after: { ...after, ...(undoCommand && { undo: undoCommand }) } }],
    warnings: [template.description],
    summary: `run Job ${id} in ${namespace}`,
    noEffect: false,
  };
}

export async function executeJob(ctx: ActionContext, step: Step, validation: Validated): Promise<Effect> {
  const target = validatedTarget(validation);
  const { namespace = '' } = target;
  const { name, digest } = validation.before;
  const { template: id, args } = step.params;
  const effect = { changed: true, summary: validation.summary, data: { job: name, namespace } };
  if (await findOwn(ctx, namespace, name)) return effect;
  await readTarget(ctx, target);
  const template = templateOf(ctx, id);
  const { command } = fillCommand(template, args);
  const manifest = jobManifest(ctx, { template, id, command, namespace });
  unchanged(id, digestOf(manifest), digest);
  await createJob(ctx, manifest, namespace);
  return effect;
}

/**
 * True when the Job's controller says Complete; false at once when it says Failed, or when the Job is gone. Either way the end
 * of its last pod's log is part of the evidence, or why there is none.
 */
export async function verifyJob(ctx: ActionContext, validation: Validated): Promise<Evidence> {
  const { namespace } = validatedTarget(validation);
  const { name } = validation.before;
  const result = await waitForEnd(ctx, { namespace, name });
  const log = await lastLog(ctx, { namespace, name });
  if (!result.met) return refuted(`Job ${namespace}/${name}: ${result.reason}`, { job: name, ...log });
  return proven(`Job ${namespace}/${name} is complete`, { job: name, exitCodes: result.value, ...log });
}

/**
 * Runs the template's undo as a Job of its own, once for the operation, after a Job that still runs was stopped.
 *
 * @throws {KubernautError} `VERIFICATION_FAILED` when it fails
 */
export async function undoJob(ctx: ActionContext, step: Step, validation: Validated, effect?: Effect): Promise<Effect> {
  const { namespace = '' } = validatedTarget(validation);
  const { name, undo } = validation.before;
  if (undo === undefined)
    throw new KubernautError('UNDO_IMPOSSIBLE', `Job ${namespace}/${name} was run without an undo`);
  const there = await findOwn(ctx, namespace, undo.name);
  if (!there) {
    unchanged(step.params.template, digestOf(undoManifest(ctx, step, namespace, 'unknown')), undo.digest);
    const ran = (await stopJob(ctx, { namespace, name })) || effect !== undefined;
    await createJob(ctx, undoManifest(ctx, step, namespace, ran ? 'yes' : 'unknown'), namespace);
  }
  const over = there !== undefined && conditionOf(there, 'Complete')?.status === 'True';
  const result = await waitForEnd(ctx, { namespace, name: undo.name });
  const data = { job: undo.name, namespace, ...(await lastLog(ctx, { namespace, name: undo.name })) } as JsonObject;
  if (!result.met) {
    throw new KubernautError('VERIFICATION_FAILED', `undo Job ${namespace}/${undo.name}: ${result.reason}`, {
      remedy: 'The undo of the Job failed; put the system right by hand.',
    });
  }
  return { changed: !over, summary: `undo Job of ${step.params.template} in ${namespace} is complete`, data };
}

function undoManifest(ctx: ActionContext, step: Step, namespace: string, executed: 'yes' | 'unknown'): JsonObject {
  const { template: id, args } = step.params;
  const template: JobTemplate = templateOf(ctx, id);
  if (!template.undo) throw new KubernautError('TARGET_CHANGED', `the template ${id} has no undo any more`);
  const { command, image = template.image, deadlineSeconds = template.deadlineSeconds } = template.undo;
  return jobManifest(ctx, {
    template: { ...template, image, deadlineSeconds },
    command: fillCommand({ ...template, command }, args).command,
    ...{ id, namespace, suffix: '-undo', env: { KUBERNAUT_EXECUTED: executed } },
  });
}

function nameOf({ metadata }: JsonObject): string {
  return (metadata as { name: string }).name;
}

/** @throws {KubernautError} `PRECONDITION_FAILED` when a Job of that name is of somebody else */
async function findOwn(ctx: ActionContext, namespace: string, name: string) {
  const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace, name };
  const found = await ctx.cluster.find(ref);
  if (found && !isStampedBy(found, ctx.operationId))
    throw new KubernautError('PRECONDITION_FAILED', `${describeRef(ref)} exists and is not of this operation`);
  return found;
}

/** Two workers at once: the second is told that it exists, which is what it wants. */
async function createJob(ctx: ActionContext, manifest: JsonObject, namespace: string): Promise<void> {
  await ctx.cluster.create(manifest).catch(async (error: unknown) => {
    const exists = error instanceof KubernautError && error.code === 'PRECONDITION_FAILED';
    if (!exists || !(await findOwn(ctx, namespace, nameOf(manifest)))) throw error;
  });
}

function unchanged(id: string, now: string, previewed: string): void {
  if (now === previewed) return;
  throw new KubernautError('TARGET_CHANGED', `the template ${id} is not the one of the preview any more`);
}
