import { z } from 'zod';
import { defineAction } from '../../contract';
import { deleteExactly } from './objects/delete-exactly';
import { controllerOf, isTerminating } from './pods/pod';
import { waitUntilGone } from './pods/wait-until-gone';
import { count } from './rollout/deployment-conditions';
import { otherWriters } from './target/other-writers';
import { preflight } from './target/preflight';
import { displayName, refOfObject, resolvedTarget, targetOf, validatedTarget } from './target/read-target';

const params = z.strictObject({});

export const deleteJob = defineAction<Record<string, never>, { active: number }>({
  name: 'delete_job',
  executor: 'kubernetes',
  description: 'Deletes a Job with its pods, and waits until they are gone.',
  whenToUse: 'A Job hangs, fails again and again, or is in the way of the next one.',
  whenNotToUse: 'Its result is still needed, or its CronJob should stop too (suspend_cronjob first).',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Job'],
  permissions: [{ apiGroup: 'batch', resource: 'jobs', verbs: ['get', 'list', 'watch', 'delete'] }],
  params,
  examples: [{ title: 'A Job that hangs', target: { kind: 'Job', namespace: 'shop', name: 'report-29' }, params: {} }],

  async validate(ctx, step) {
    const target = targetOf(step);
    const job = await preflight(ctx, target, deleteJob);
    const { uid } = job.metadata;
    const terminating = isTerminating(job);
    await ctx.cluster.delete(refOfObject(job), { uid, propagationPolicy: 'Foreground', dryRun: true });
    const owner = controllerOf(job);
    const active = count(job.status?.active);
    const warnings: string[] = [];
    if (owner) warnings.push(`${owner.kind} ${owner.name} will start another one on its schedule (suspend_cronjob)`);
    if (active > 0) warnings.push(`${active} pods of it run and will be ended`);
    if (terminating) warnings.push('it is being deleted already');
    // The CronJob that owns it is named above; a tool that keeps the Job itself makes it anew.
    const { ownerReferences: _, ...metadata } = job.metadata;
    warnings.push(...otherWriters({ ...job, metadata }, []));
    return {
      target: resolvedTarget(target, job),
      before: { active },
      diff: terminating ? [] : [{ path: '', before: `Job ${displayName(target)} (uid ${uid})` }],
      warnings,
      summary: `delete Job ${displayName(target)}`,
      noEffect: terminating,
    };
  },

  // Foreground: the Job itself stays until its pods are gone, so that its end is theirs.
  execute: (ctx, _step, validation) =>
    deleteExactly(ctx, validatedTarget(validation), {
      propagationPolicy: 'Foreground',
      irreversible: [`Job ${displayName(validatedTarget(validation))} and its pods were deleted`],
    }),

  verify: (ctx, _step, validation) => waitUntilGone(ctx, validatedTarget(validation)),
});
