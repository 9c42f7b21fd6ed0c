import { defineSearchAttributeKey, type SearchAttributePair, TypedSearchAttributes } from '@temporalio/common';
import type { RemediationPlan, Target } from '../plan/model';

/** The search attributes that the client sets at the start or reads in lists; the workflow keeps them up to date. */
export const attributeKeys = {
  cluster: defineSearchAttributeKey('KubernautCluster', 'KEYWORD'),
  namespace: defineSearchAttributeKey('KubernautNamespace', 'KEYWORD'),
  target: defineSearchAttributeKey('KubernautTarget', 'KEYWORD'),
  alert: defineSearchAttributeKey('KubernautAlert', 'KEYWORD'),
  state: defineSearchAttributeKey('KubernautState', 'KEYWORD'),
  outcome: defineSearchAttributeKey('KubernautOutcome', 'KEYWORD'),
  risk: defineSearchAttributeKey('KubernautRisk', 'KEYWORD'),
  actions: defineSearchAttributeKey('KubernautActions', 'KEYWORD_LIST'),
  deadline: defineSearchAttributeKey('KubernautDeadline', 'DATETIME'),
  dryRun: defineSearchAttributeKey('KubernautDryRun', 'BOOL'),
} as const;

/** `Deployment/shop/web`, or `Node/node-1` for an object of the whole cluster: the short form that plans use too. */
export function targetName({ kind, namespace, name }: Pick<Target, 'kind' | 'namespace' | 'name'>): string {
  return [kind, namespace, name].filter((part) => part !== undefined).join('/');
}

/** What is known of a plan before anything has run. The target is that of the first step that has one. */
export function initialAttributes(plan: RemediationPlan): TypedSearchAttributes {
  const target = plan.spec.steps.find((step) => step.target !== undefined)?.target;
  const pairs: SearchAttributePair[] = [
    { key: attributeKeys.cluster, value: plan.spec.cluster },
    { key: attributeKeys.actions, value: [...new Set(plan.spec.steps.map((step) => step.action))] },
    { key: attributeKeys.dryRun, value: plan.spec.dryRun },
  ];
  if (target !== undefined) pairs.push({ key: attributeKeys.target, value: targetName(target) });
  if (target?.namespace !== undefined) pairs.push({ key: attributeKeys.namespace, value: target.namespace });
  return new TypedSearchAttributes(pairs);
}
