import { defineAction } from '../../contract';
import {
  executeJob,
  JOB_TARGETS,
  jobParams,
  jobPermissions,
  validateJob,
  verifyJob,
  type JobImage,
  type JobParams,
} from './jobs/job-step';

/**
 * Runs a Job that the settings describe. Its name follows from the operation id, so a second execute finds the first one's
 * Job instead of starting another; the target is the ServiceAccount that it runs as, in the namespace in which it runs.
 */
export const runJob = defineAction<JobParams, JobImage>({
  name: 'run_job',
  executor: 'kubernetes',
  description:
    'Runs a Job from a template of the settings (backup, failover, defragmentation …) and waits for its end.',
  whenToUse: 'A repair that is a program of its own, written and approved beforehand, as one of the templates.',
  whenNotToUse:
    'No template does it: a plan cannot bring its own image or command. The template has an undo: run_job_with_undo.',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: JOB_TARGETS,
  permissions: jobPermissions,
  params: jobParams,
  examples: [
    {
      title: 'A backup before the repair',
      target: { kind: 'ServiceAccount', namespace: 'shop', name: 'backup' },
      params: { template: 'backup', args: { database: 'orders' } },
    },
  ],

  validate: (ctx, step) => validateJob(ctx, step, { permissions: jobPermissions, undo: false }),

  async execute(ctx, step, validation) {
    const effect = await executeJob(ctx, step, validation);
    const { job, namespace } = effect.data as { job: string; namespace: string };
    return { ...effect, irreversible: [`Job ${namespace}/${job} (${step.params.template}) was run`] };
  },

  verify: (ctx, _step, validation) => verifyJob(ctx, validation),
});
