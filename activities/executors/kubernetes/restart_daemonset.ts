import { restartAction } from './rollout/restart-action';

export const restartDaemonSet = restartAction({
  name: 'restart_daemonset',
  kinds: ['DaemonSet'],
  what: 'a DaemonSet',
  examples: [
    { title: 'Rolling restart', target: { kind: 'DaemonSet', namespace: 'shop', name: 'agent' }, params: {} },
    {
      title: 'The DaemonSet that a pod belongs to, watched for a minute',
      target: { kind: 'Pod', namespace: 'shop', name: 'agent-0' },
      params: { stableSeconds: 60 },
    },
  ],
});
