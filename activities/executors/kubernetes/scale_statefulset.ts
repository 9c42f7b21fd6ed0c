import { z } from 'zod';
import { valueAt } from './fields/json-pointer';
import { scaleAction } from './rollout/scale-action';
import { onlyOneWish, onlyOneWishMessage, scaleParams } from './rollout/scale-params';
import { isOrdered } from './rollout/workload';

const params = scaleParams
  .extend({
    deleteClaims: z
      .boolean()
      .default(false)
      .describe(
        'Scale down even where its retention policy (whenScaled: Delete) deletes the volume claims of the pods that go. Default false.',
      ),
  })
  .refine(onlyOneWish, onlyOneWishMessage);

/**
 * Reversible but for one thing: with `persistentVolumeClaimRetentionPolicy.whenScaled: Delete` the claims of the pods taken
 * away are deleted with their data, so that is refused unless asked for, and named in the effect.
 */
export const scaleStatefulSet = scaleAction({
  name: 'scale_statefulset',
  kind: 'StatefulSet',
  description: 'Sets the number of replicas of a StatefulSet, absolutely or relative to the present number.',
  whenNotToUse:
    'Its members must be told before they join or leave (databases with fixed membership), an HPA owns it, or its pods crash.',
  params,
  examples: [
    { title: 'Five replicas', target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' }, params: { replicas: 5 } },
    { title: 'One less', target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' }, params: { by: -1 } },
  ],

  consider(set, { now, wished, params: { deleteClaims } }) {
    const claims = ((set.spec?.volumeClaimTemplates ?? []) as unknown[]).length > 0;
    const down = wished < now && claims;
    const deletes = down && valueAt(set, '/spec/persistentVolumeClaimRetentionPolicy/whenScaled') === 'Delete';
    const ready = valueAt(set, '/status/readyReplicas') ?? 0;
    const stuck = wished > now && isOrdered(set) && ready !== now;
    return {
      problems:
        deletes && !deleteClaims
          ? ['its retention policy deletes the volume claims of the pods that go, data included (deleteClaims)']
          : [],
      warnings: [
        ...(deletes ? ['the volume claims of the pods that go are deleted, data included'] : []),
        ...(down && !deletes ? ['the volume claims of the pods that go stay, and keep their cost'] : []),
        ...(stuck
          ? [`only ${String(ready)} of ${now} pods are ready: an ordered StatefulSet adds none until they are`]
          : []),
      ],
    };
  },

  irreversible: ({ now, wished, params: { deleteClaims } }) =>
    deleteClaims && wished < now ? ['the volume claims of the pods that went are deleted by the retention policy'] : [],
});
