import { restartAction } from './rollout/restart-action';
import { WORKLOAD_KINDS } from './rollout/workload';

export const restartWorkload = restartAction({
  name: 'restart_workload',
  kinds: WORKLOAD_KINDS,
  what: 'a Deployment, StatefulSet or DaemonSet',
  examples: [
    { title: 'Rolling restart', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} },
    {
      title: 'Whatever workload the pod of an alert belongs to',
      target: { kind: 'Pod', namespace: 'shop', name: 'web-7d4b9-x2x' },
      params: {},
    },
  ],
});
