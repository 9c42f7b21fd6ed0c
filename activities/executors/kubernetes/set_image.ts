import { z } from 'zod';
import { fieldAction } from './fields/field-action';
import { pointer, valueAt } from './fields/json-pointer';
import { lostField } from './fields/lost-field';
import { brokenPodsWarning, replaceBrokenPods } from './rollout/broken-pods';
import { CONTAINERS, containerIndex } from './rollout/containers';
import { isAllowed, parseImage } from './rollout/image-reference';
import { stableSeconds } from './rollout/stable-seconds';
import { waitForRollout } from './rollout/wait-for-rollout';
import { cannotRoll, WORKLOAD_KINDS } from './rollout/workload';
import { ownedTargets, templatePermissions } from './rollout/workload-permissions';
import { displayName, validatedTarget } from './target/read-target';

const params = z.strictObject({
  container: z.string().max(63).optional().describe('Name of the container. Default: the only one.'),
  image: z
    .string()
    .max(500)
    .refine((image) => parseImage(image) !== undefined, { error: 'is no image (registry.example.com/shop/web:1.2)' })
    .describe('Image with tag or digest, of one of the registries in `actions.kubernetes.imageRegistries`.'),
  stableSeconds,
});

export const setImage = fieldAction<z.infer<typeof params>>({
  name: 'set_image',
  description: 'Sets the image of one container of a workload, from an allowed registry. Its pods are replaced.',
  whenToUse: 'A certain image is known to be good: a fix that was released, or the mirror of a registry that fails.',
  whenNotToUse:
    'The version before was good (rollback_deployment brings back its whole template), or a pipeline owns the image.',
  risk: 'high',
  disruption: 'workload',
  targetKinds: ownedTargets(WORKLOAD_KINDS),
  permissions: templatePermissions(WORKLOAD_KINDS),
  params,
  examples: [
    {
      title: 'A fixed version',
      target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { image: 'registry.example.com/shop/web:1.4.2' },
    },
    {
      title: 'One container of several, from a mirror',
      target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' },
      params: { container: 'exporter', image: 'mirror.example.com/exporter:0.15.0' },
    },
  ],

  async wish(ctx, workload, { container, image }) {
    const name = displayName(workload.metadata);
    const unrollable = cannotRoll(workload);
    const problems = unrollable ? [unrollable] : [];
    const { imageRegistries } = ctx.settings.kubernetes;
    const reference = parseImage(image);
    if (!reference || !isAllowed(reference, imageRegistries)) {
      const known = imageRegistries.join(', ') || 'none';
      problems.push(`${image} is of no allowed registry (actions.kubernetes.imageRegistries: ${known})`);
    }
    const index = containerIndex(workload, container);
    if (typeof index === 'string') return { set: [], problems: [...problems, index], summary: `${name} image` };
    const path = CONTAINERS + pointer(index);
    const movable = reference?.digest === undefined && (reference?.tag === undefined || reference.tag === 'latest');
    return {
      set: [{ path: `${path}/image`, value: image }],
      guards: [`${path}/name`],
      problems,
      warnings: [
        ...(movable ? ['latest is whatever was pushed last: the undo may bring back something else'] : []),
        ...(await brokenPodsWarning(ctx, workload)),
      ],
      summary: `${name}/${String(valueAt(workload, `${path}/name`))} image ${String(valueAt(workload, `${path}/image`))} → ${image}`,
    };
  },

  follow: replaceBrokenPods,

  /** Success conditions: see `waitForRollout`, with the image that we set. */
  verify: (ctx, step, validation) =>
    waitForRollout(ctx, {
      target: validatedTarget(validation),
      stableForMs: step.params.stableSeconds * 1000,
      changed: (workload) => lostField(workload, validation.diff),
    }),
});
