import { suspendAction } from './jobs/suspend-action';

export const suspendCronjob = suspendAction({
  name: 'suspend_cronjob',
  suspend: true,
  description: 'Suspends a CronJob: no new Jobs are started. Jobs that run go on.',
  whenToUse: 'Its Jobs pile up, fail again and again, or overload something that is being repaired.',
  whenNotToUse: 'A Job that runs now is the trouble (delete_job).',
  risk: 'medium',
  examples: [
    { title: 'No reports for now', target: { kind: 'CronJob', namespace: 'shop', name: 'report' }, params: {} },
  ],
});
