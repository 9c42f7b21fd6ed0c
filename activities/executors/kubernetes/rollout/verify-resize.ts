import type { JsonObject } from '../../../../plan/json';
import type { Evidence } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import type { ActionContext } from '../../../contract';
import { parsePointer, valueAt } from '../fields/json-pointer';
import { lostField } from '../fields/lost-field';
import type { FieldValidation } from '../fields/set-fields';
import { compareQuantities, parseQuantity } from '../quantity';
import { validatedTarget } from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { waitUntil } from '../wait/wait-until';
import { conditionOf } from './deployment-conditions';

/**
 * True when, for the whole stability window,
 * 1. the pod is the same and still asks for what we set,
 * 2. its kubelet neither defers nor is still at work on the resize (PodResizePending, PodResizeInProgress),
 * 3. the kubelet reports, for the running container, at least the resources that we set: what it reports is what is enforced.
 * False at once when the node says that it can never fit (Infeasible), or when somebody changes or removes the pod.
 */
export async function verifyResize(
  ctx: ActionContext,
  validation: FieldValidation,
  stableForMs: number,
): Promise<Evidence> {
  const { namespace, name, uid, ...target } = validatedTarget(validation);
  const what = describeRef({ ...target, namespace, name });
  let goodSince: number | undefined;
  const result = await waitUntil(ctx, {
    what: `resize of ${what}`,
    queries: [{ apiVersion: 'v1', kind: 'Pod', namespace, fieldSelector: `metadata.name=${name}` }],
    evaluate: ([pods = []]) => {
      const pod = pods.find((each) => each.metadata.uid === uid);
      if (!pod) return { state: 'failed', reason: 'it does not exist any more' };
      const lost = lostField(pod, validation.diff);
      if (lost !== undefined) return { state: 'failed', reason: lost };
      const pending = conditionOf(pod, 'PodResizePending');
      if (pending?.status === 'True' && pending.reason === 'Infeasible')
        return { state: 'failed', reason: `its node cannot do it: ${pending.message ?? 'Infeasible'}`.slice(0, 300) };
      const reason = notYet(pod, validation);
      const now = ctx.clock.now();
      if (reason !== undefined) {
        goodSince = undefined;
        return { state: 'waiting', reason };
      }
      goodSince ??= now;
      const left = goodSince + stableForMs - now;
      return left <= 0
        ? { state: 'met', value: undefined }
        : { state: 'waiting', reason: 'resized, watching that it stays so', recheckInMs: left };
    },
  });
  const data = { fields: validation.diff.map(({ path }) => path) };
  return result.met
    ? proven(`${what} has the resources, without a new pod`, data)
    : refuted(`${what}: ${result.reason}`, data);
}

function notYet(pod: KubeObject, { before, diff }: FieldValidation): string | undefined {
  for (const type of ['PodResizePending', 'PodResizeInProgress']) {
    const condition = conditionOf(pod, type);
    if (condition?.status === 'True')
      return `${type} ${condition.reason ?? ''}: ${condition.message ?? ''}`.slice(0, 200);
  }
  const [guard] = before.guards;
  const container = guard && 'value' in guard ? guard.value : undefined;
  const statuses = (valueAt(pod, '/status/containerStatuses') ?? []) as JsonObject[];
  const status = statuses.find((each) => each.name === container);
  if ((status?.state as JsonObject | undefined)?.running === undefined) return 'its container is not running';
  const missing = diff.find(({ path, after }) => {
    const [side = '', resource = ''] = parsePointer(path).slice(-2);
    const has = ((status?.resources as JsonObject | undefined)?.[side] as JsonObject | undefined)?.[resource];
    return has === undefined || compareQuantities(parseQuantity(String(has)), parseQuantity(String(after))) < 0;
  });
  return missing && `its kubelet does not report ${missing.path} yet`;
}
