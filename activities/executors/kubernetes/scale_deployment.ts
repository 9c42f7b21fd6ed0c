import { scaleAction } from './rollout/scale-action';
import { onlyOneWish, onlyOneWishMessage, scaleParams } from './rollout/scale-params';

export const scaleDeployment = scaleAction({
  name: 'scale_deployment',
  kind: 'Deployment',
  description: 'Sets the number of replicas of a Deployment, absolutely or relative to the present number.',
  whenNotToUse: 'An HPA owns it (change the HPA), or its pods crash: more replicas of a broken version heal nothing.',
  params: scaleParams.refine(onlyOneWish, onlyOneWishMessage),
  examples: [
    { title: 'Five replicas', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: { replicas: 5 } },
    {
      title: 'Half as many again, never more than 12',
      target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { factor: 1.5, max: 12 },
    },
  ],
});
