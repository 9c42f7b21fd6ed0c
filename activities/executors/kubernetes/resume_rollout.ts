import { pauseAction } from './rollout/pause-action';

export const resumeRollout = pauseAction({
  name: 'resume_rollout',
  paused: false,
  description: 'Resumes the paused rollout of a Deployment. That it completes is not waited for.',
  whenToUse: 'A rollout was paused, and its template is known to be good now.',
  whenNotToUse: 'It is not known why it was paused: all changes made meanwhile are rolled out at once.',
  risk: 'medium',
  irreversible: ['pods that the resumed rollout replaces stay replaced; the undo only pauses it again'],
  examples: [{ title: 'Go on', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} }],
});
