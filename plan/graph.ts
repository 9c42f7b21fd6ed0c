/** The part of a step that makes it a node: plans, half-broken documents and tests all have it. */
export interface GraphStep {
  id: string;
  dependsOn: readonly string[];
}

/** Steps that `id` names in `dependsOn` and that exist, in that order. */
export function dependencies(steps: readonly GraphStep[], id: string): string[] {
  const byId = index(steps);
  return (byId.get(id)?.dependsOn ?? []).filter((other) => byId.has(other));
}

/** Steps that name `id` in their `dependsOn`, in plan order. */
export function dependents(steps: readonly GraphStep[], id: string): string[] {
  return steps.filter((step) => step.dependsOn.includes(id)).map((step) => step.id);
}

/**
 * Every step that has ended when `id` starts: its direct and indirect dependencies. Holds `id` itself only when it is part
 * of a cycle. Ids that do not exist are ignored.
 */
export function ancestors(steps: readonly GraphStep[], id: string): ReadonlySet<string> {
  return ancestorsIn(index(steps), id);
}

/** {@link ancestors} of every step at once; by far cheaper than asking for each in a plan of 500 steps. */
export function allAncestors(steps: readonly GraphStep[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byId = index(steps);
  return new Map(steps.map((step) => [step.id, ancestorsIn(byId, step.id)]));
}

/**
 * Step ids so that each comes after all it depends on; among those that could come next, plan order decides.
 *
 * @returns fewer ids than there are steps when there is a cycle: those on it, and all that wait for them, are missing
 */
export function topologicalOrder(steps: readonly GraphStep[]): string[] {
  const byId = index(steps);
  const waitingFor = new Map<string, number>();
  const next = new Map<string, string[]>();
  for (const step of byId.values()) {
    const known = [...new Set(step.dependsOn)].filter((other) => byId.has(other));
    waitingFor.set(step.id, known.length);
    for (const other of known) next.set(other, [...(next.get(other) ?? []), step.id]);
  }
  const position = new Map([...byId.keys()].map((id, at) => [id, at]));
  const ready = [...byId.keys()].filter((id) => waitingFor.get(id) === 0);
  const order: string[] = [];
  while (ready.length > 0) {
    const id = ready.shift()!;
    order.push(id);
    for (const other of next.get(id) ?? []) {
      const left = waitingFor.get(other)! - 1;
      waitingFor.set(other, left);
      if (left === 0) ready.push(other);
    }
    ready.sort((a, b) => position.get(a)! - position.get(b)!);
  }
  return order;
}

/**
 * Cycles that share no step, each as a path that ends where it starts: `['a', 'b', 'a']` says that a depends on b, and b on
 * a. Breaking those may reveal others: this is what a person can act on, not all there are. Empty: there is none.
 */
export function findCycles(steps: readonly GraphStep[]): string[][] {
  const cycles: string[][] = [];
  let rest = [...steps];
  for (;;) {
    const sound = new Set(topologicalOrder(rest));
    // What is left depends on something left, so walking on must come back to a step already seen.
    rest = rest.filter((step) => !sound.has(step.id));
    const first = rest[0];
    if (first === undefined) return cycles;
    const byId = index(rest);
    const path: string[] = [];
    let at = first.id;
    while (!path.includes(at)) {
      path.push(at);
      at = byId.get(at)!.dependsOn.find((other) => byId.has(other))!;
    }
    const cycle = path.slice(path.indexOf(at));
    cycles.push([...cycle, at]);
    rest = rest.filter((step) => !cycle.includes(step.id));
  }
}

function ancestorsIn(byId: ReadonlyMap<string, GraphStep>, id: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...(byId.get(id)?.dependsOn ?? [])];
  for (let other = open.pop(); other !== undefined; other = open.pop()) {
    const step = byId.get(other);
    if (step === undefined || found.has(other)) continue;
    found.add(other);
    open.push(...step.dependsOn);
  }
  return found;
}

/** The first step of an id counts; duplicates are the checker's business. */
function index(steps: readonly GraphStep[]): Map<string, GraphStep> {
  const byId = new Map<string, GraphStep>();
  for (const step of steps) if (!byId.has(step.id)) byId.set(step.id, step);
  return byId;
}
