import type { Json, JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { selects } from '../pods/label-selector';

type Labels = Readonly<Record<string, string>>;

/** Services whose endpoints the pod is among; one without a selector has endpoints that somebody else keeps. */
export function servicesOf(services: readonly KubeObject[], labels: Labels): KubeObject[] {
  return services.filter(({ spec }) => {
    const selector = (spec?.selector ?? {}) as JsonObject;
    return Object.keys(selector).length > 0 && selects({ matchLabels: selector }, labels);
  });
}

/** Policies that let something through to or from the pod: rules of all policies add up, so one that denies takes nothing back. */
export function allowingPolicies(policies: readonly KubeObject[], labels: Labels): KubeObject[] {
  return policies.filter(({ spec = {} }) => {
    const rules = [spec.ingress, spec.egress].flatMap((each) => (each ?? []) as Json[]);
    return rules.length > 0 && selects(spec.podSelector, labels);
  });
}

/** Keys by which these selectors know a pod, as far as it has them: without them none that names a label selects it any more. */
export function keysOf(selectors: readonly (Json | undefined)[], labels: Labels): string[] {
  const keys = selectors.flatMap((selector) => {
    const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as {
      matchLabels?: JsonObject;
      matchExpressions?: JsonObject[];
    };
    return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => String(key))];
  });
  return [...new Set(keys)].filter((key) => labels[key] !== undefined).sort();
}
