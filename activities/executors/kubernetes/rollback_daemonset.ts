import { rollbackAction } from './rollout/rollback-action';

export const rollbackDaemonSet = rollbackAction({
  name: 'rollback_daemonset',
  kind: 'DaemonSet',
  description: 'Brings the pod template of a DaemonSet back to an earlier revision, as `kubectl rollout undo` does.',
  examples: [
    { title: 'To the revision before', target: { kind: 'DaemonSet', namespace: 'shop', name: 'agent' }, params: {} },
    {
      title: 'To revision 3',
      target: { kind: 'DaemonSet', namespace: 'shop', name: 'agent' },
      params: { toRevision: 3 },
    },
  ],
});
