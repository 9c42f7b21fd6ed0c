import type { Evidence, ResolvedTarget } from '../../../../plan/step-io';
import type { ActionContext } from '../../../contract';
import { describeRef } from '../../../cluster/resource-path';
import { proven, refuted } from '../wait/evidence';
import { waitUntil } from '../wait/wait-until';
import { isTerminating } from './pod';

/** True when no object of this uid exists any more: a 404, or another uid under the same name. */
export async function waitUntilGone(ctx: ActionContext, target: ResolvedTarget & { uid: string }): Promise<Evidence> {
  const { apiVersion, kind, namespace, name, uid } = target;
  const what = describeRef(target);
  const result = await waitUntil(ctx, {
    what: `deletion of ${what}`,
    queries: [{ apiVersion, kind, namespace, fieldSelector: `metadata.name=${name}` }],
    evaluate: ([objects = []]) => {
      const object = objects.find((each) => each.metadata.uid === uid);
      if (!object) return { state: 'met', value: objects[0]?.metadata.uid ?? '' };
      const { finalizers = [] } = object.metadata;
      const held = finalizers.length > 0 ? `, held by ${finalizers.join(', ')}` : '';
      return { state: 'waiting', reason: isTerminating(object) ? `still terminating${held}` : 'not deleted' };
    },
  });
  if (!result.met) return refuted(result.reason);
  return proven(`${what} of uid ${uid} is gone`, { uid, ...(result.value && { successor: result.value }) });
}
