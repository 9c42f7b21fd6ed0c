import type { Evidence, ResolvedTarget } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { selectorText } from '../pods/label-selector';
import { isControlledBy, isTerminating, stuckReason } from '../pods/pod';
import { displayName, readTarget } from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { waitUntil, type Verdict } from '../wait/wait-until';
import { StabilityWindow } from './stability';
import { rolloutState } from './workload';

export interface Rollout {
  target: ResolvedTarget & { uid: string };
  /** Why the workload is no longer what we made it (a later writer), if so: the wait then ends at once. */
  changed(workload: KubeObject): string | undefined;
  /** Whether a pod is of the template that we set; where the template says so itself. Default: the controller's counts decide. */
  isNew?(pod: KubeObject): boolean;
  stableForMs: number;
}

/**
 * True when
 * 1. the workload's template is still what we made it;
 * 2. its controller has seen the latest generation and reports the rollout complete, by the rules of `kubectl rollout status`;
 * 3. as many pods as wished belong to it, all of them Ready;
 * 4. and for `stableForMs` none of them restarts, is replaced or becomes unready — see `StabilityWindow`.
 * False at once when 1 is broken, the progress deadline is exceeded, the rollout is paused, or a pod restarts again and again.
 */
export async function waitForRollout(ctx: ActionContext, rollout: Rollout): Promise<Evidence> {
  const { target } = rollout;
  const name = displayName(target);
  const selector = selectorText((await readTarget(ctx, target)).spec?.selector);
  const namespaced = { namespace: target.namespace };
  const stability = new StabilityWindow(ctx.clock, rollout.stableForMs);
  const queries = [
    { apiVersion: target.apiVersion, kind: target.kind, ...namespaced, fieldSelector: `metadata.name=${target.name}` },
    { apiVersion: 'v1', kind: 'Pod', ...namespaced, labelSelector: selector },
    // Pods of a Deployment belong to it through a ReplicaSet; other kinds own theirs directly.
    ...(target.kind === 'Deployment'
      ? [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', ...namespaced, labelSelector: selector }]
      : []),
  ];
  const result = await waitUntil(ctx, {
    what: `rollout of ${name}`,
    queries,
    evaluate: ([workloads = [], pods = [], replicaSets = []]) => {
      const workload = workloads.find((each) => each.metadata.uid === target.uid);
      if (!workload) return { state: 'failed', reason: `the ${target.kind} was deleted or replaced` };
      const changed = rollout.changed(workload);
      if (changed) return { state: 'failed', reason: changed };
      const owners = [workload, ...replicaSets.filter((each) => isControlledBy(each, target.uid))];
      const own = pods.filter(
        (pod) => !isTerminating(pod) && owners.some((owner) => isControlledBy(pod, owner.metadata.uid)),
      );
      return judge(workload, own, stability, rollout.isNew);
    },
  });
  if (!result.met) return refuted(`${name}: ${result.reason}`);
  const { pods, generation } = result.value;
  const seconds = rollout.stableForMs / 1000;
  return proven(`${name}: rollout complete, ${pods} pods ready and stable for ${seconds} s`, {
    pods,
    generation,
    stableSeconds: seconds,
  });
}

function judge(
  workload: KubeObject,
  pods: KubeObject[],
  stability: StabilityWindow,
  isNew: (pod: KubeObject) => boolean = () => true,
): Verdict<{ pods: number; generation: number }> {
  const state = rolloutState(workload);
  if (state.is === 'stuck') return { state: 'failed', reason: `${state.reason}${hint(pods)}` };
  const stable = stability.look(pods);
  if (stable.is === 'crashing') return { state: 'failed', reason: stable.reason };
  if (state.is === 'going') return { state: 'waiting', reason: `${state.reason}${hint(pods)}` };
  if (pods.length !== state.pods) return { state: 'waiting', reason: `${pods.length} of ${state.pods} pods exist` };
  const old = pods.find((pod) => !isNew(pod));
  if (old) return { state: 'waiting', reason: `${old.metadata.name} is not of the new template yet` };
  if (stable.is === 'unready') return { state: 'waiting', reason: stable.reason };
  if (stable.is === 'settling') {
    return { state: 'waiting', reason: 'complete, watching whether it stays so', recheckInMs: stable.leftMs };
  }
  return { state: 'met', value: { pods: pods.length, generation: workload.metadata.generation ?? 0 } };
}

/** Why the first pod that says so is stuck; pods that come up in time say nothing. */
function hint(pods: readonly KubeObject[]): string {
  const reason = pods.map(stuckReason).find((each) => each !== undefined);
  return reason ? ` (${reason})` : '';
}
