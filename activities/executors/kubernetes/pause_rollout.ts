import { pauseAction } from './rollout/pause-action';

export const pauseRollout = pauseAction({
  name: 'pause_rollout',
  paused: true,
  description: 'Pauses the rollout of a Deployment: pods stay as they are until it is resumed.',
  whenToUse: 'A rollout is replacing good pods by bad ones, and what to do about it is not decided yet.',
  whenNotToUse:
    'The version before shall come back (rollback_deployment, which a paused rollout would keep from the pods).',
  risk: 'low',
  examples: [{ title: 'Hold a rollout', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} }],
});
