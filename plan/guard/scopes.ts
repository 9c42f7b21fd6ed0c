import type { GuardLimits } from './model';
import type { GuardSettings } from './settings';

export interface TargetName {
  cluster: string;
  kind: string;
  namespace?: string;
  name: string;
}

/** `target/prod/Deployment/shop/web`; of an object outside any namespace `target/prod/Node//node-1`. */
export function targetScope({ cluster, kind, namespace, name }: TargetName): string {
  return `target/${cluster}/${kind}/${namespace ?? ''}/${name}`;
}

/** The disruption budget of a cluster's nodes. */
export function nodesScope(cluster: string): string {
  return `nodes/${cluster}`;
}

/** Remediations at work in a cluster. */
export function clusterScope(cluster: string): string {
  return `cluster/${cluster}`;
}

/** Capacity is of the run as a whole, whatever its steps are at. */
export function isClusterScope(scope: string): boolean {
  return kindOf(scope) === 'cluster';
}

/**
 * The one order in which every run takes its guards, so that no two can wait for each other: targets by name, then nodes,
 * then clusters. Capacity comes last, so that who waits for a target takes no place from others.
 */
export function inCanonicalOrder(scopes: Iterable<string>): string[] {
  return [...new Set(scopes)].sort((a, b) => levelOf(a) - levelOf(b) || (a < b ? -1 : 1));
}

const levels = ['target', 'nodes', 'cluster'];

function levelOf(scope: string): number {
  return levels.indexOf(kindOf(scope));
}

function kindOf(scope: string): string {
  return scope.split('/', 1)[0]!;
}

export function limitsOf(scope: string, settings: GuardSettings): GuardLimits {
  const {
    checkHoldersMs: checkMs,
    lingerMs,
    cooldownMs,
    breaker,
    oscillation,
    ratePerTarget,
    ratePerCluster,
  } = settings;
  switch (kindOf(scope)) {
    case 'cluster':
      return {
        ...{ capacity: settings.concurrentPerCluster, exclusive: false, checkMs, lingerMs },
        ...(ratePerCluster && { rate: ratePerCluster }),
      };
    case 'nodes':
      return { capacity: settings.concurrentNodeActions, exclusive: true, checkMs, lingerMs };
    default:
      return {
        ...{ capacity: 1, exclusive: true, checkMs, lingerMs, cooldownMs },
        ...(ratePerTarget && { rate: ratePerTarget }),
        ...(breaker && { breaker }),
        ...(oscillation && { oscillation }),
      };
  }
}
