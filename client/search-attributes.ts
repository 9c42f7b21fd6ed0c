import { type SearchAttributePair, TypedSearchAttributes } from '@temporalio/common';
import type { RemediationPlan, Target } from '../plan/model';
import { searchAttributeKeys as keys } from '../plan/search-attributes';
import { RunPhase } from '../plan/steering';

/** `Deployment/shop/web`, or `Node/node-1` for an object of the whole cluster: the short form that plans use too. */
export function targetName({ kind, namespace, name }: Pick<Target, 'kind' | 'namespace' | 'name'>): string {
  return [kind, namespace, name].filter((part) => part !== undefined).join('/');
}

/** What is known of a plan before anything has run. The target is that of the first step that has one. */
export function initialAttributes(plan: RemediationPlan): TypedSearchAttributes {
  const target = plan.spec.steps.find((step) => step.target !== undefined)?.target;
  const pairs: SearchAttributePair[] = [
    { key: keys.cluster, value: plan.spec.cluster },
    { key: keys.actions, value: [...new Set(plan.spec.steps.map((step) => step.action))] },
    { key: keys.dryRun, value: plan.spec.dryRun },
    { key: keys.state, value: RunPhase.preparing },
  ];
  if (target !== undefined) pairs.push({ key: keys.target, value: targetName(target) });
  if (target?.namespace !== undefined) pairs.push({ key: keys.namespace, value: target.namespace });
  return new TypedSearchAttributes(pairs);
}
