import { matchesName } from '../../config/name-pattern';
import type { PolicySettings } from '../../config/sections/policy';
import { references } from '../../plan/cel';
import type { PolicyMode } from '../../plan/policy/decision';
import type { PolicySet } from '../../plan/policy/evaluate';
import type { PolicyWorld } from '../../plan/policy/request';

/** What the settings say about places. */
export interface PolicyPlaces {
  policy: PolicySettings;
  clusters: readonly { name: string; environment?: string }[];
}

export function policyWorld({ policy, clusters }: PolicyPlaces, now: number): PolicyWorld {
  return {
    now,
    modeOf: (cluster, namespace) => modeOf(policy, cluster, namespace),
    environmentOf: (cluster) => clusters.find(({ name }) => name === cluster)?.environment ?? '',
    isOwn: (namespace) => policy.ownNamespaces.includes(namespace),
    noSelfApproval: !policy.selfApproval,
  };
}

function modeOf({ mode, places }: PolicySettings, cluster: string, namespace: string | undefined): PolicyMode {
  const fits = (patterns: readonly string[] | undefined, name: string | undefined) =>
    patterns === undefined || (name !== undefined && matchesName(patterns, name));
  return places.find((place) => fits(place.clusters, cluster) && fits(place.namespaces, namespace))?.mode ?? mode;
}

/** Whether any rule asks for earlier remediations: else nobody need look for them. */
export function asksForHistory({ policies }: PolicySet): boolean {
  return policies.some(({ spec }) =>
    spec.rules.some(({ when }) => when !== undefined && references(when).some(([root]) => root === 'history')),
  );
}
