import { z } from 'zod';
import { KubernautError } from '../../../../plan/errors';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import { defineAction, type ActionDefinition, type ActionExample } from '../../../contract';
import { describeWriters, writersOf } from '../fields/managed-fields';
import { addStamp, isStampedBy, isStampedSince, stampOf, withoutStamp } from '../fields/operation-stamp';
import { retryConflicts } from '../fields/retry-conflicts';
import { nothingToUndo } from '../fields/set-fields';
import { otherWriters } from '../target/other-writers';
import { resolveOwner } from '../target/owner';
import { preflight, refuseIf } from '../target/preflight';
import { displayName, findTarget, readTarget, resolvedTarget, targetOf, validatedTarget } from '../target/read-target';
import { brokenPodsWarning, replaceBrokenPods } from './broken-pods';
import { stableSeconds } from './stable-seconds';
import { templateHash } from './template-hash';
import {
  diffOf,
  findRevision,
  imageOf,
  patchTemplate,
  planRollback,
  TEMPLATE,
  type RollbackImage,
} from './template-rollback';
import { waitForRollout } from './wait-for-rollout';
import { templateOf, type WorkloadKind } from './workload';
import { ownedTargets, templatePermissions } from './workload-permissions';

const params = z.strictObject({
  toRevision: z
    .int()
    .min(1)
    .optional()
    .describe('Revision to go back to (`kubectl rollout history`). Default: the one before the current.'),
  stableSeconds,
});
type Params = z.infer<typeof params>;

interface RollbackAction {
  name: string;
  kind: WorkloadKind;
  description: string;
  examples: readonly ActionExample[];
}

/** Back to the template of an earlier revision; the undo rolls forward to the recorded one. */
export function rollbackAction({ name, kind, description, examples }: RollbackAction): ActionDefinition {
  const targetKinds = ownedTargets([kind]);
  const history = { apiGroup: 'apps', resource: 'controllerrevisions', verbs: ['list'] } as const;
  const permissions = [...templatePermissions([kind]), ...(kind === 'Deployment' ? [] : [history])];

  return defineAction<Params, RollbackImage>({
    name,
    executor: 'kubernetes',
    description,
    whenToUse: 'The trouble began with a rollout: new pods crash, fail their probes or answer with errors.',
    whenNotToUse:
      'The trouble is older than the last rollout, or the change lies outside the template (ConfigMap, Secret, traffic).',
    risk: 'medium',
    reversibility: 'reversible',
    disruption: 'workload',
    readOnly: false,
    clusterScoped: true,
    targetKinds,
    permissions,
    params,
    examples,

    async validate(ctx, step) {
      const { target, notes } = await resolveOwner(ctx, targetOf(step), { targetKinds, permissions });
      return retryConflicts(ctx, async () => {
        const workload = await preflight(ctx, target, { targetKinds, permissions });
        const { from, to, problems } = await planRollback(ctx, workload, step.params.toRevision);
        refuseIf(target, problems);
        if (!from || !to)
          throw new KubernautError('INTERNAL', `${describeRef(target)}: no revision and no problem found`);
        const same = from.hash === to.hash;
        const stamp = stampOf(workload);
        const after = same
          ? workload
          : await patchTemplate(ctx, workload, to.template, addStamp(stamp, ctx.operationId), true);
        const before: RollbackImage = {
          from: imageOf(from),
          to: { ...imageOf(to), templateHash: templateHash(templateOf(after)) },
          stamp,
        };
        const broken = same ? [] : await brokenPodsWarning(ctx, workload);
        return {
          target: resolvedTarget(target, workload),
          before,
          diff: same ? [] : diffOf(before, workload, after),
          warnings: [...notes, ...historyWarnings(workload), ...broken, ...otherWriters(workload, [TEMPLATE])],
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
      const changed = await retryConflicts(ctx, async () => {
        const workload = await readTarget(ctx, target);
        const now = templateHash(templateOf(workload));
        if (validation.noEffect && now === from.templateHash) return false;
        if (now === to.templateHash && isStampedBy(workload, ctx.operationId)) return true;
        if (now !== from.templateHash || isStampedSince(workload, ctx.operationId, stamp)) {
          throw new KubernautError('TARGET_CHANGED', `${describeRef(target)}: ${laterWriter(workload)}`);
        }
        const revision = await findRevision(ctx, workload, to);
        if (!revision) {
          const gone = `revision ${to.revision} is gone from its history`;
          throw new KubernautError('TARGET_CHANGED', `${describeRef(target)}: ${gone}`);
        }
        await patchTemplate(ctx, workload, revision.template, addStamp(stampOf(workload), ctx.operationId));
        return true;
      });
      if (changed) await replaceBrokenPods(ctx, target);
      return effect(changed);
    },

    /** Success conditions: see `waitForRollout`, at the template that we set. */
    async verify(ctx, step, validation) {
      const { to } = validation.before;
      return waitForRollout(ctx, {
        target: validatedTarget(validation),
        stableForMs: step.params.stableSeconds * 1000,
        changed: (workload) =>
          templateHash(templateOf(workload)) === to.templateHash ? undefined : laterWriter(workload),
      });
    },

    async rollback(ctx, _step, validation) {
      const target = validatedTarget(validation);
      const { from, to, stamp } = validation.before;
      const where = describeRef(target);
      const effect = await retryConflicts(ctx, async () => {
        const workload = await findTarget(ctx, target);
        if (!workload) return nothingToUndo(`${where} does not exist any more`);
        const now = templateHash(templateOf(workload));
        if (validation.noEffect || now === from.templateHash)
          return nothingToUndo(`${where} has the template of revision ${from.revision}`);
        if (now !== to.templateHash || !isStampedBy(workload, ctx.operationId)) {
          throw new KubernautError('UNDO_CONFLICT', `${where} was left alone: ${laterWriter(workload)}`);
        }
        const revision = await findRevision(ctx, workload, from);
        if (!revision) {
          throw new KubernautError(
            'UNDO_IMPOSSIBLE',
            `${where}: ${from.source}, which kept revision ${from.revision}, is gone (revisionHistoryLimit)`,
          );
        }
        const earlier = withoutStamp(stampOf(workload), ctx.operationId, stamp);
        await patchTemplate(ctx, workload, revision.template, earlier);
        return {
          changed: true,
          summary: `${displayName(target)} rolled forward to the template of revision ${from.revision}`,
          data: { templateHash: from.templateHash, revision: from.revision },
        };
      });
      // An earlier attempt may have put the template back and stopped there.
      if (effect.changed || (ctx.attempt > 1 && !validation.noEffect)) await replaceBrokenPods(ctx, target);
      return effect;
    },
  });
}

function historyWarnings(workload: KubeObject): string[] {
  return workload.spec?.revisionHistoryLimit === 0
    ? ['it keeps no history (revisionHistoryLimit 0): this cannot be undone']
    : [];
}

function laterWriter(workload: KubeObject): string {
  return `its template is neither what it was nor what we set, last written by ${describeWriters(writersOf(workload, TEMPLATE))}`;
}
