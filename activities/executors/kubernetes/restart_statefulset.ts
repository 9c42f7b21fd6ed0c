import { restartAction } from './rollout/restart-action';

export const restartStatefulSet = restartAction({
  name: 'restart_statefulset',
  kinds: ['StatefulSet'],
  what: 'a StatefulSet',
  examples: [
    { title: 'Rolling restart', target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' }, params: {} },
    {
      title: 'The StatefulSet that a pod belongs to, watched for a minute',
      target: { kind: 'Pod', namespace: 'shop', name: 'db-0' },
      params: { stableSeconds: 60 },
    },
  ],
});
