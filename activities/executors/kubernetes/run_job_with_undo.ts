import { defineAction } from '../../contract';
import {
  executeJob,
  JOB_TARGETS,
  jobParams,
  jobPermissions,
  undoJob,
  validateJob,
  verifyJob,
  type JobImage,
  type JobParams,
} from './jobs/job-step';

/** A Job that still runs is suspended. */
const permissions = jobPermissions.map((each) =>
  each.resource === 'jobs' ? { ...each, verbs: [...each.verbs, 'patch' as const] } : each,
);

/**
 * As `run_job`, for templates that have an undo: a Job of the same account and arguments with another command. It gets
 * `KUBERNAUT_EXECUTED` = `yes`, or `unknown` when the Job is not there (any more); it may be run when nothing was done. A Job that
 * still runs is suspended first. It is run once for the operation; when it fails, the undo has failed.
 */
export const runJobWithUndo = defineAction<JobParams, JobImage>({
  name: 'run_job_with_undo',
  executor: 'kubernetes',
  description: 'Runs a Job from a template of the settings and waits for its end; a second one undoes it.',
  whenToUse: 'A repair that is a program of its own, and that another command of its template takes back (a failover).',
  whenNotToUse: 'When another action does it: that one can show a diff, and restore what was there before.',
  risk: 'high',
  reversibility: 'compensatable',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: JOB_TARGETS,
  permissions,
  params: jobParams,
  examples: [
    {
      title: 'Fail over to the other zone',
      target: { kind: 'ServiceAccount', namespace: 'shop', name: 'failover' },
      params: { template: 'failover', args: { zone: 'b' } },
    },
  ],

  validate: (ctx, step) => validateJob(ctx, step, { permissions, undo: true }),
  execute: (ctx, step, validation) => executeJob(ctx, step, validation),
  verify: (ctx, _step, validation) => verifyJob(ctx, validation),
  rollback: (ctx, step, validation, effect) => undoJob(ctx, step, validation, effect),
});
