import { z } from 'zod';
import type { ActionExample } from '../../../contract';
import { fieldAction } from '../fields/field-action';
import { valueAt } from '../fields/json-pointer';
import { describeWriters, writersOf } from '../fields/managed-fields';
import { displayName, validatedTarget } from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { waitUntil } from '../wait/wait-until';
import { conditionOf, isObserved } from './deployment-conditions';
import { ownedTargets } from './workload-permissions';

const PAUSED = '/spec/paused';

interface PauseAction {
  name: string;
  paused: boolean;
  description: string;
  whenToUse: string;
  whenNotToUse: string;
  risk: 'low' | 'medium';
  irreversible?: string[];
  examples: readonly ActionExample[];
}

/**
 * Pause or resume the rollout of a Deployment. True when `spec.paused`, read back, is as wished, its controller has seen that
 * generation, and its condition Progressing does not say the opposite (the controller leaves out `DeploymentPaused` when there
 * is no progress deadline, or when that was exceeded before). False at once when somebody sets the field again.
 */
export function pauseAction({ paused, irreversible = [], ...action }: PauseAction) {
  const word = paused ? 'paused' : 'resumed';
  return fieldAction({
    ...action,
    disruption: paused ? 'none' : 'workload',
    targetKinds: ownedTargets(['Deployment']),
    permissions: [
      { apiGroup: 'apps', resource: 'deployments', verbs: ['get', 'list', 'watch', 'patch'] },
      { apiGroup: 'apps', resource: 'replicasets', verbs: ['get'] },
      { apiGroup: '', resource: 'pods', verbs: ['get'] },
    ],
    params: z.strictObject({}),
    wish: (_ctx, deployment) => ({
      // `false` is never stored: a Deployment that is not paused has no such field.
      set: [paused ? { path: PAUSED, value: true } : { path: PAUSED }],
      summary: `rollout of ${displayName(deployment.metadata)} ${word}`,
    }),
    data: () => ({ paused }),
    irreversible: () => irreversible,

    async verify(ctx, _step, validation) {
      const target = validatedTarget(validation);
      const { apiVersion, kind, namespace } = target;
      const name = displayName(target);
      const result = await waitUntil(ctx, {
        what: `rollout of ${name} ${word}`,
        queries: [{ apiVersion, kind, namespace, fieldSelector: `metadata.name=${target.name}` }],
        evaluate: ([deployments = []]) => {
          const deployment = deployments.find((each) => each.metadata.uid === target.uid);
          if (!deployment) return { state: 'failed', reason: 'the Deployment was deleted' };
          if ((valueAt(deployment, PAUSED) === true) !== paused) {
            const writers = describeWriters(writersOf(deployment, PAUSED));
            return { state: 'failed', reason: `it is not ${word} any more, changed by ${writers}` };
          }
          if (!isObserved(deployment))
            return { state: 'waiting', reason: 'the controller has not seen the change yet' };
          const reason = conditionOf(deployment, 'Progressing')?.reason ?? 'no condition Progressing';
          const opposite = paused ? reason === 'DeploymentResumed' : reason === 'DeploymentPaused';
          return opposite
            ? { state: 'waiting', reason: `the controller still reports ${reason}` }
            : { state: 'met', value: reason };
        },
      });
      if (!result.met) return refuted(`${name}: ${result.reason}`, { paused: !paused });
      return proven(`the rollout of ${name} is ${word} (${result.value})`, { paused, progressing: result.value });
    },
  });
}
