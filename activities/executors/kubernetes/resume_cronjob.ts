import { suspendAction } from './jobs/suspend-action';

export const resumeCronjob = suspendAction({
  name: 'resume_cronjob',
  suspend: false,
  description: 'Resumes a suspended CronJob.',
  whenToUse: 'The reason for suspending it is gone.',
  whenNotToUse: 'It was suspended by somebody for a reason that still holds.',
  risk: 'medium',
  examples: [{ title: 'Reports again', target: { kind: 'CronJob', namespace: 'shop', name: 'report' }, params: {} }],
});
