import { rollbackAction } from './rollout/rollback-action';

export const rollbackStatefulSet = rollbackAction({
  name: 'rollback_statefulset',
  kind: 'StatefulSet',
  description:
    'Brings the pod template of a StatefulSet back to an earlier revision, as `kubectl rollout undo` does. Broken pods of an ordered one are deleted, since its controller would wait for them for ever.',
  examples: [
    { title: 'To the revision before', target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' }, params: {} },
    {
      title: 'To revision 3',
      target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' },
      params: { toRevision: 3 },
    },
  ],
});
