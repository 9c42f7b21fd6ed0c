import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { KubeObject } from '../../cluster/cluster';
import { describeRef } from '../../cluster/resource-path';
import { defineAction } from '../../contract';
import { describeWriters, writersOf } from './fields/managed-fields';
import { addStamp, isStampedBy, isStampedSince, stampOf, withoutStamp } from './fields/operation-stamp';
import { retryConflicts } from './fields/retry-conflicts';
import { nothingToUndo } from './fields/set-fields';
import { templateHash } from './rollout/template-hash';
import {
  diffOf,
  imageOf,
  patchTemplate,
  planRollback,
  replicaSetOf,
  TEMPLATE,
  type RollbackImage,
} from './rollout/template-rollback';
import { waitForRollout } from './rollout/wait-for-rollout';
import { templateOf } from './rollout/workload';
import { otherWriters } from './target/other-writers';
import { preflight, refuseIf } from './target/preflight';
import { displayName, findTarget, readTarget, resolvedTarget, targetOf, validatedTarget } from './target/read-target';

const params = z.strictObject({
  toRevision: z
    .int()
    .min(1)
    .optional()
    .describe('Revision to go back to (`kubectl rollout history`). Default: the one before the current.'),
  stableSeconds: z
    .number()
    .min(0)
    .max(600)
    .default(3)
    .describe(
      'So long all pods must stay Ready without a restart before the rollout counts as good, in seconds. Default 3.',
    ),
});
type Params = z.infer<typeof params>;

export const rollbackDeployment = defineAction<Params, RollbackImage>({
  name: 'rollback_deployment',
  executor: 'kubernetes',
  description: 'Brings the pod template of a Deployment back to an earlier revision, as `kubectl rollout undo` does.',
  whenToUse: 'The trouble began with a rollout: new pods crash, fail their probes or answer with errors.',
  whenNotToUse:
    'The trouble is older than the last rollout, or the change lies outside the template (ConfigMap, Secret, traffic).',
  risk: 'medium',
  reversibility: 'reversible',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Deployment'],
  permissions: [
    { apiGroup: 'apps', resource: 'deployments', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: 'apps', resource: 'replicasets', verbs: ['list', 'watch'] },
    { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'] },
  ],
  params,
  examples: [
    { title: 'To the revision before', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} },
    {
      title: 'To revision 3',
      target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { toRevision: 3 },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    return retryConflicts(ctx, async () => {
      const deployment = await preflight(ctx, target, rollbackDeployment);
      const { from, to, problems } = await planRollback(ctx, deployment, step.params.toRevision);
      refuseIf(target, problems);
      if (!from || !to)
        throw new KubernautError('INTERNAL', `${describeRef(target)}: no revision and no problem found`);
      const same = from.hash === to.hash;
      const after = same
        ? deployment
        : await patchTemplate(ctx, deployment, to.replicaSet, addStamp(stampOf(deployment), ctx.operationId), true);
      const before: RollbackImage = {
        from: imageOf(from),
        to: { ...imageOf(to), templateHash: templateHash(templateOf(after)) },
        stamp: stampOf(deployment),
      };
      return {
        target: resolvedTarget(target, deployment),
        before,
        diff: same ? [] : diffOf(before, deployment, after),
        warnings: warningsFor(deployment),
        summary: `${displayName(target)} revision ${from.number} → ${to.number}`,
        noEffect: same,
      };
    });
  },

  async execute(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const { from, to, stamp } = validation.before;
    const effect = (changed: boolean) => ({
      changed,
      summary: `${validation.summary}${changed ? '' : ': already so'}`,
      data: { fromRevision: from.revision, toRevision: to.revision, templateHash: to.templateHash },
    });
    return retryConflicts(ctx, async () => {
      const deployment = await readTarget(ctx, target);
      const now = templateHash(templateOf(deployment));
      if (validation.noEffect && now === from.templateHash) return effect(false);
      if (now === to.templateHash && isStampedBy(deployment, ctx.operationId)) return effect(true);
      if (now !== from.templateHash || isStampedSince(deployment, ctx.operationId, stamp)) {
        throw new KubernautError('TARGET_CHANGED', `${describeRef(target)}: ${laterWriter(deployment)}`);
      }
      const source = await replicaSetOf(ctx, deployment, to);
      if (!source)
        throw new KubernautError(
          'TARGET_CHANGED',
          `${describeRef(target)}: revision ${to.revision} is gone from its history`,
        );
      await patchTemplate(ctx, deployment, source, addStamp(stampOf(deployment), ctx.operationId));
      return effect(true);
    });
  },

  /** Success conditions: see `waitForRollout`, at the template that we set. */
  async verify(ctx, step, validation) {
    const { to } = validation.before;
    return waitForRollout(ctx, {
      target: validatedTarget(validation),
      stableForMs: step.params.stableSeconds * 1000,
      changed: (deployment) =>
        templateHash(templateOf(deployment)) === to.templateHash ? undefined : laterWriter(deployment),
    });
  },

  async rollback(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const { from, to, stamp } = validation.before;
    const name = describeRef(target);
    return retryConflicts(ctx, async () => {
      const deployment = await findTarget(ctx, target);
      if (!deployment) return nothingToUndo(`${name} does not exist any more`);
      const now = templateHash(templateOf(deployment));
      if (validation.noEffect || now === from.templateHash)
        return nothingToUndo(`${name} has the template of revision ${from.revision}`);
      if (now !== to.templateHash || !isStampedBy(deployment, ctx.operationId)) {
        throw new KubernautError('UNDO_CONFLICT', `${name} was left alone: ${laterWriter(deployment)}`);
      }
      const source = await replicaSetOf(ctx, deployment, from);
      if (!source) {
        throw new KubernautError(
          'UNDO_IMPOSSIBLE',
          `${name}: the ReplicaSet ${from.replicaSet} of revision ${from.revision} is gone (revisionHistoryLimit)`,
        );
      }
      await patchTemplate(ctx, deployment, source, withoutStamp(stampOf(deployment), ctx.operationId, stamp));
      return {
        changed: true,
        summary: `${displayName(target)} rolled forward to the template of revision ${from.revision}`,
        data: { templateHash: from.templateHash, revision: from.revision },
      };
    });
  },
});

function warningsFor(deployment: KubeObject): string[] {
  const warnings = otherWriters(deployment, [TEMPLATE]);
  if (deployment.spec?.revisionHistoryLimit === 0)
    warnings.unshift('it keeps no history (revisionHistoryLimit 0): this cannot be undone');
  return warnings;
}

function laterWriter(deployment: KubeObject): string {
  return `its template is neither what it was nor what we set, last written by ${describeWriters(writersOf(deployment, TEMPLATE))}`;
}
