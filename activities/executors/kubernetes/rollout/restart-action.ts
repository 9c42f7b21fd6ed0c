import { z } from 'zod';
import type { ActionDefinition, ActionExample } from '../../../contract';
import { fieldAction } from '../fields/field-action';
import { pointer } from '../fields/json-pointer';
import { lostField } from '../fields/lost-field';
import { displayName, validatedTarget } from '../target/read-target';
import { brokenPodsWarning, replaceBrokenPods } from './broken-pods';
import { count } from './deployment-conditions';
import { stableSeconds } from './stable-seconds';
import { waitForRollout } from './wait-for-rollout';
import { cannotRoll, type WorkloadKind } from './workload';
import { ownedTargets, templatePermissions } from './workload-permissions';

/**
 * The template annotation whose new value makes the controller replace all pods, as `kubectl rollout restart` does with the
 * time. Its value is the operation, so that a second execute is no change and each pod tells which restart made it.
 */
export const RESTARTED_BY = 'kubernaut.dev/restarted-by';
const PATH = pointer('spec', 'template', 'metadata', 'annotations', RESTARTED_BY);

const params = z.strictObject({ stableSeconds });

interface RestartAction {
  name: string;
  kinds: readonly WorkloadKind[];
  /** `a Deployment`. */
  what: string;
  examples: readonly ActionExample[];
}

/**
 * A rolling restart. Compensatable: the undo takes the annotation away again, which brings the template back exactly but, once
 * the rollout is done, by replacing the pods a second time; a stuck one is called off, and old pods that still run stay.
 */
export function restartAction({ name, kinds, what, examples }: RestartAction): ActionDefinition {
  return fieldAction<z.infer<typeof params>>({
    name,
    description: `Replaces all pods of ${what} by new ones of the same template, as its update strategy allows.`,
    whenToUse:
      'All its pods misbehave in a way that a new start mends: deadlocks, lost connections, configuration read at the start.',
    whenNotToUse:
      'Its template is broken (rollback), or one pod is affected (restart_pod). A leak only starts over: raise resources or fix it.',
    risk: 'medium',
    disruption: 'workload',
    reversibility: 'compensatable',
    targetKinds: ownedTargets(kinds),
    permissions: templatePermissions(kinds),
    params,
    examples,

    async wish(ctx, workload) {
      const unrollable = cannotRoll(workload);
      const empty = workload.kind !== 'DaemonSet' && count(workload.spec?.replicas) === 0;
      return {
        set: [{ path: PATH, value: ctx.operationId }],
        problems: [
          ...(unrollable ? [unrollable] : []),
          ...(empty ? ['it is scaled to zero: there is no pod to restart'] : []),
        ],
        warnings: await brokenPodsWarning(ctx, workload),
        summary: `restart all pods of ${displayName(workload.metadata)}`,
      };
    },

    data: (validation) => ({ workload: displayName(validatedTarget(validation)) }),
    irreversible: (validation) => [`the pods of ${displayName(validatedTarget(validation))} were replaced`],
    follow: replaceBrokenPods,

    /** Success conditions: see `waitForRollout`, and each pod carries the annotation of this operation. */
    verify: (ctx, step, validation) =>
      waitForRollout(ctx, {
        target: validatedTarget(validation),
        stableForMs: step.params.stableSeconds * 1000,
        changed: (workload) => lostField(workload, validation.diff),
        isNew: (pod) => pod.metadata.annotations?.[RESTARTED_BY] === ctx.operationId,
      }),
  });
}
