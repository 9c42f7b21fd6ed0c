import { plan, step } from '../../unit/core/world';
import type { JsonObject } from '../../../plan/json';
import type { RemediationPlan, Step, Target } from '../../../plan/model';

let count = 0;

/** A plan of lab steps under a name of its own, so that workflow ids do not clash. */
export function labPlan(steps: Step[], spec: Partial<RemediationPlan['spec']> = {}): RemediationPlan {
  const made = plan(steps, spec);
  return { ...made, metadata: { ...made.metadata, name: `lab-${process.pid}-${++count}` } };
}

/** A step that sets `name` (default: its id) to `value`; one after the other unless `dependsOn` says otherwise. */
export function set(id: string, value: number, more: Partial<Step> & { fault?: string; name?: string } = {}): Step {
  const { fault, name = id, ...rest } = more;
  const params = { name, value, ...(fault && { fault }) };
  return { ...step(id, { action: 'lab_set', params, ...rest }), target: undefined };
}

/** A step on an object of the cluster `test`. */
export function k8sStep(
  id: string,
  action: string,
  target: Omit<Target, 'cluster'>,
  params: JsonObject,
  more: Partial<Step> = {},
): Step {
  return step(id, { action, target: { cluster: 'test', ...target }, params, ...more });
}
