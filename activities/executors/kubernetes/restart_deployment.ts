import { restartAction } from './rollout/restart-action';

export const restartDeployment = restartAction({
  name: 'restart_deployment',
  kinds: ['Deployment'],
  what: 'a Deployment',
  examples: [
    { title: 'Rolling restart', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} },
    {
      title: 'The Deployment that a pod belongs to, watched for a minute',
      target: { kind: 'Pod', namespace: 'shop', name: 'web-0' },
      params: { stableSeconds: 60 },
    },
  ],
});
