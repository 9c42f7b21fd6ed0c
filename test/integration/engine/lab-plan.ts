import { plan, step } from '../../unit/core/world';
import type { RemediationPlan, Step } from '../../../plan/model';

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
