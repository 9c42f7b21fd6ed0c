import { rollbackAction } from './rollout/rollback-action';

export const rollbackDeployment = rollbackAction({
  name: 'rollback_deployment',
  kind: 'Deployment',
  description: 'Brings the pod template of a Deployment back to an earlier revision, as `kubectl rollout undo` does.',
  examples: [
    { title: 'To the revision before', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} },
    {
      title: 'To revision 3',
      target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { toRevision: 3 },
    },
  ],
});
