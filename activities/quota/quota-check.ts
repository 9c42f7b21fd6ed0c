import type { KubeObject } from '../cluster/cluster';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from '../executors/kubernetes/quantity';
import { amounts, type PodNeeds } from './pod-needs';
import { countsPod } from './quota-scope';

export interface Pods {
  needs: PodNeeds;
  count: number;
}

export interface Demand {
  before: Pods;
  after: Pods;
  /** Pods that exist beside all of the old ones at the least, while they are replaced. */
  surge: number;
  /** Pods that are created. Without any the server only counts. */
  creates: boolean;
}

export interface Judgement {
  /** No such pod, or not so many, could be created even if nothing else were in the namespace. */
  problems: string[];
  /** What is left now is not enough. */
  warnings: string[];
}

/** Pure: what a change of pods needs, held against the quotas of their namespace. */
export function judgeQuotas(quotas: readonly KubeObject[], demand: Demand): Judgement {
  const judgement: Judgement = { problems: [], warnings: [] };
  for (const quota of quotas) {
    const counts = countsPod(quota, demand.after.needs);
    if (counts === false) continue;
    const found = judge(quota, demand);
    // Of a quota that may not count them, nothing is certain.
    if (counts === true) judgement.problems.push(...found.problems);
    else judgement.warnings.push(...found.problems.map((each) => `${each}, if the quota counts them`));
    judgement.warnings.push(...found.warnings);
  }
  return judgement;
}

function judge(quota: KubeObject, demand: Demand): Judgement {
  const name = `quota ${quota.metadata.namespace}/${quota.metadata.name}`;
  const used = amounts(quota.status?.['used']);
  const { before, after, surge } = demand;
  const judgement: Judgement = { problems: [], warnings: [] };
  for (const [resource, hard] of amounts(quota.spec?.['hard'])) {
    const each = ofPod(resource, after.needs);
    if (each === undefined) continue;
    const silent = missing(resource, after.needs);
    if (demand.creates && silent.length > 0) {
      judgement.problems.push(
        `${name} counts ${resource}, which ${silent.join(', ')} does not state: no pod can be created`,
      );
      continue;
    }
    const all = times(each, after.count);
    const old = times(ofPod(resource, before.needs) ?? zero, before.count);
    const further = larger(minus(all, old), times(each, surge));
    if (compareQuantities(further, zero) <= 0) continue;
    if (compareQuantities(all, hard) > 0) {
      const most = formatQuantity(hard);
      judgement.problems.push(
        `${name} allows ${most} ${resource} in all: ${after.count} pods need ${formatQuantity(all)}`,
      );
      continue;
    }
    const left = minus(hard, used.get(resource) ?? zero);
    if (compareQuantities(further, left) <= 0) continue;
    const rest = compareQuantities(left, zero) < 0 ? zero : left;
    judgement.warnings.push(
      `${name} leaves ${formatQuantity(rest)} of ${formatQuantity(hard)} ${resource}: ${formatQuantity(further)} more would be needed`,
    );
  }
  return judgement;
}

const zero = parseQuantity('0');
const one = parseQuantity('1');

/** What a pod counts for; undefined: the quota counts something else. */
function ofPod(resource: string, needs: PodNeeds): Quantity | undefined {
  if (resource === 'pods' || resource === 'count/pods') return one;
  const [side, name] = sideOf(resource);
  if (side === undefined) return undefined;
  return needs[side].get(name) ?? zero;
}

/** Containers that do not say what a quota of compute resources wants to know. */
function missing(resource: string, { containers }: PodNeeds): string[] {
  const [side, name] = sideOf(resource);
  if (side === undefined || !['cpu', 'memory'].includes(name)) return [];
  return containers.flatMap((each) => (each[side].has(name) ? [] : [`container ${each.name}`]));
}

function sideOf(resource: string): ['requests' | 'limits', string] | [undefined, string] {
  if (['cpu', 'memory', 'ephemeral-storage'].includes(resource)) return ['requests', resource];
  const [, side, name = ''] = /^(requests|limits)\.(.+)$/.exec(resource) ?? [];
  // Of claims, not of pods.
  if (name === 'storage') return [undefined, name];
  return side === undefined ? [undefined, name] : [side as 'requests' | 'limits', name];
}

function times({ nano, format }: Quantity, count: number): Quantity {
  return { nano: nano * BigInt(count), format };
}

function minus(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, { ...b, nano: -b.nano });
}

function larger(a: Quantity, b: Quantity): Quantity {
  return compareQuantities(a, b) < 0 ? b : a;
}
