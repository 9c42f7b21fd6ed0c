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

/** What is done by one action in a cluster, where the settings limit that. */
export function actionScope(cluster: string, action: string): string {
  return `action/${cluster}/${action}`;
}

/** Remediations at work in a cluster. */
export function clusterScope(cluster: string): string {
  return `cluster/${cluster}`;
}

/** Capacity and rates are of the run as a whole, whatever its steps are at. */
export function isScopeOfRun(scope: string): boolean {
  return kindOf(scope) === 'cluster' || kindOf(scope) === 'action';
}

/**
 * The one order in which every run takes its guards, so that no two can wait for each other: targets by name, then nodes,
 * then actions, then clusters. Capacity comes last, so that who waits for a target takes no place from others.
 */
export function inCanonicalOrder(scopes: Iterable<string>): string[] {
  return [...new Set(scopes)].sort((a, b) => levelOf(a) - levelOf(b) || (a < b ? -1 : 1));
}

const levels = ['target', 'nodes', 'action', 'cluster'];

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
    case 'action': {
      const rate = settings.ratePerAction?.[scope.split('/').at(-1)!];
      // No more can do it at once than can do anything.
      return {
        ...{ capacity: settings.concurrentPerCluster, exclusive: false, checkMs, lingerMs },
        ...(rate && { rate }),
      };
    }
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
