import type { z } from 'zod';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionDefinition, ActionExample } from '../../../contract';
import { fieldAction } from '../fields/field-action';
import { describeWriters, writersOf } from '../fields/managed-fields';
import { wishOf } from '../fields/recorded-field';
import { autoscalersOf } from '../target/other-writers';
import { displayName, validatedTarget } from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { persisting } from '../wait/persisting';
import { waitUntil, type Verdict } from '../wait/wait-until';
import { count, deploymentFailure, isObserved } from './deployment-conditions';
import type { scaleParams } from './scale-params';
import type { WorkloadKind } from './workload';
import { ownedTargets, scalePermissions } from './workload-permissions';

const REPLICAS = '/spec/replicas';

/** At least what `scaleParams` gives. */
type Params = z.infer<typeof scaleParams>;

interface ScaleAction<P extends Params> {
  name: string;
  kind: WorkloadKind;
  description: string;
  whenNotToUse: string;
  params: z.ZodType<P>;
  examples: readonly ActionExample[];
  /** What else stands against, or is to be known of, this change of replicas. */
  consider?(workload: KubeObject, change: { now: number; wished: number; params: P }): Considered;
  /** Sentences for `effect.irreversible`. */
  irreversible?(change: { now: number; wished: number; params: P }): string[];
}

export interface Considered {
  problems?: string[];
  warnings?: string[];
}

/**
 * True when
 * 1. the controller has observed the latest generation — before that, counts and conditions speak of an older spec;
 * 2. `spec.replicas` is still what we set — an autoscaler or a person may have set it again;
 * 3. as many pods exist as wished, and all of them are ready — existing pods alone serve nobody.
 * False at once when 2 is broken, the rollout's progress deadline is exceeded, or pods cannot be created (quota, admission)
 * for 2 s: a failure left over from before clears with the controller's next sync. A StatefulSet reports neither: it is waited
 * for until the deadline.
 */
function judge(
  workload: KubeObject | undefined,
  wished: number,
  failedFor: ReturnType<typeof persisting>,
  kind: WorkloadKind,
): Verdict<KubeObject> {
  if (!workload) return { state: 'failed', reason: `the ${kind} was deleted` };
  const set = count(workload.spec?.replicas);
  if (set !== wished) {
    return {
      state: 'failed',
      reason: `replicas was set to ${set} by ${describeWriters(writersOf(workload, REPLICAS))}`,
    };
  }
  if (!isObserved(workload)) return { state: 'waiting', reason: 'the controller has not seen the change yet' };
  const { replicas, readyReplicas } = workload.status ?? {};
  const [exist, ready] = [count(replicas), count(readyReplicas)];
  if (exist === wished && ready === wished) return { state: 'met', value: workload };
  const failure = deploymentFailure(workload);
  const { lasted, leftMs } = failedFor(failure !== undefined);
  if (failure && lasted) return { state: 'failed', reason: failure };
  return {
    state: 'waiting',
    reason: `${ready} of ${wished} replicas ready, ${exist} exist`,
    recheckInMs: failure ? leftMs : undefined,
  };
}

/** Sets the number of replicas. What is relative in the params is absolute in the before-image and the diff. */
export function scaleAction<P extends Params>(action: ScaleAction<P>): ActionDefinition {
  const { name, kind, description, whenNotToUse, params, examples, consider, irreversible } = action;
  return fieldAction<P>({
    name,
    description,
    whenToUse:
      'The workload is healthy but has too little (or far too much) capacity, and no HorizontalPodAutoscaler owns it.',
    whenNotToUse,
    risk: 'medium',
    disruption: 'workload',
    targetKinds: ownedTargets([kind]),
    permissions: scalePermissions(kind),
    params,
    examples,

    async wish(ctx, object, given) {
      const { replicas, by, factor, max } = given;
      const now = count(object.spec?.replicas);
      const wished = replicas ?? (factor === undefined ? now + (by ?? 0) : Math.ceil(now * factor));
      const more = consider?.(object, { now, wished, params: given }) ?? {};
      const problems = [...(more.problems ?? [])];
      if (wished > max) problems.push(`${wished} replicas are more than max (${max})`);
      if (wished < 0) problems.push(`${wished} replicas: it has only ${now}`);
      const warnings = await autoscalersOf(ctx, object).catch(() => ['HorizontalPodAutoscalers could not be read']);
      if (wished === 0 && now > 0) warnings.push('scales to zero: nothing serves any more');
      return {
        set: [{ path: REPLICAS, value: wished }],
        problems,
        warnings: [...warnings, ...(more.warnings ?? [])],
        summary: `${displayName(object.metadata)} replicas ${now} → ${wished}`,
      };
    },

    data: ({ diff, before }) => {
      const previous = before.fields.map(wishOf)[0]?.value ?? 0;
      return { replicas: diff[0]?.after ?? previous, previous };
    },

    ...(irreversible && {
      irreversible: ({ diff }, params) =>
        irreversible({ now: count(diff[0]?.before), wished: count(diff[0]?.after), params }),
    }),

    async verify(ctx, _step, validation, effect) {
      const target = validatedTarget(validation);
      const wished = count(effect.data.replicas);
      const where = displayName(target);
      const failedFor = persisting(ctx.clock, 2_000);
      const { apiVersion, namespace } = target;
      const result = await waitUntil(ctx, {
        what: `scaling ${where} to ${wished}`,
        queries: [{ apiVersion, kind, namespace, fieldSelector: `metadata.name=${target.name}` }],
        evaluate: ([workloads = []]) => {
          const workload = workloads.find((each) => each.metadata.uid === target.uid);
          return judge(workload, wished, failedFor, kind);
        },
      });
      if (!result.met) return refuted(`${where}: ${result.reason}`);
      const { status, metadata } = result.value;
      return proven(`${where}: ${wished} of ${wished} replicas ready`, {
        replicas: count(status?.replicas),
        ready: count(status?.readyReplicas),
        generation: metadata.generation ?? 0,
      });
    },
  });
}
