import type { JsonObject } from '../../plan/json';
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '../executors/kubernetes/quantity';

type Side = 'requests' | 'limits';
/** By resource: `cpu`, `memory`, `nvidia.com/gpu`. */
type Amounts = ReadonlyMap<string, Quantity>;

export interface ContainerNeeds {
  name: string;
  requests: Amounts;
  limits: Amounts;
}

/** What one pod takes of a namespace, as quotas count it. */
export interface PodNeeds {
  containers: ContainerNeeds[];
  requests: Amounts;
  limits: Amounts;
  bestEffort: boolean;
  priorityClass: string | undefined;
  /** It has an `activeDeadlineSeconds`. */
  terminating: boolean;
}

/** What a LimitRange gives to containers that say nothing. */
export interface Defaults {
  requests: Amounts;
  limits: Amounts;
}

export const noDefaults: Defaults = { requests: new Map(), limits: new Map() };

/**
 * Pure: what a pod of this spec asks for, once the server has filled in the defaults: a request left out is the limit, else the
 * LimitRange's. Init containers run one after the other before the others, so only the largest counts; one that restarts always
 * runs beside them.
 */
export function podNeeds(spec: JsonObject, defaults: Defaults): PodNeeds {
  const containers = list(spec['containers']).map((each) => containerNeeds(each, defaults));
  const inits = list(spec['initContainers']);
  const sidecars = inits.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const beside = [...containers, ...sidecars.map((each) => containerNeeds(each, defaults))];
  const first = inits
    .filter(({ restartPolicy }) => restartPolicy !== 'Always')
    .map((each) => containerNeeds(each, defaults));
  const overhead = amounts(spec['overhead']);
  const of = (side: Side) =>
    sum([larger([sum(beside.map((each) => each[side])), ...first.map((each) => each[side])]), overhead]);
  const all = [...beside, ...first];
  const { priorityClassName, activeDeadlineSeconds } = spec;
  return {
    containers: all,
    requests: of('requests'),
    limits: of('limits'),
    bestEffort: all.every(({ requests, limits }) => requests.size + limits.size === 0),
    priorityClass: typeof priorityClassName === 'string' ? priorityClassName : undefined,
    terminating: typeof activeDeadlineSeconds === 'number',
  };
}

function containerNeeds(container: JsonObject, defaults: Defaults): ContainerNeeds {
  const resources = (container['resources'] ?? {}) as JsonObject;
  const own = amounts(resources['limits']);
  const limits = new Map([...defaults.limits, ...own]);
  const requests = new Map([...defaults.requests, ...own, ...amounts(resources['requests'])]);
  return { name: String(container['name']), requests, limits };
}

/** Throws nothing: what is no quantity is none that the server has let pass. */
export function amounts(value: unknown): Map<string, Quantity> {
  return new Map(
    Object.entries((value ?? {}) as JsonObject).map(([name, text]) => [name, parseQuantity(String(text))]),
  );
}

function sum(all: readonly Amounts[]): Map<string, Quantity> {
  return merge(all, addQuantities);
}

function larger(all: readonly Amounts[]): Map<string, Quantity> {
  return merge(all, (a, b) => (compareQuantities(a, b) < 0 ? b : a));
}

function merge(all: readonly Amounts[], both: (a: Quantity, b: Quantity) => Quantity): Map<string, Quantity> {
  const merged = new Map<string, Quantity>();
  for (const [name, amount] of all.flatMap((each) => [...each])) {
    const other = merged.get(name);
    merged.set(name, other === undefined ? amount : both(other, amount));
  }
  return merged;
}

function list(value: unknown): JsonObject[] {
  return (value ?? []) as JsonObject[];
}
