import type { PolicyStep } from './request';
import { historyKey } from './request';
import type { PolicyLimit } from './schema';
import { changesSomething } from './variables';

/** How the step by itself goes beyond the limit. */
export function exceededByStep({ maxReplicas }: PolicyLimit, step: PolicyStep): string[] {
  if (maxReplicas === undefined) return [];
  return step.changes.flatMap(({ path, after }) =>
    path === '/spec/replicas' && typeof after === 'number' && after > maxReplicas
      ? [`${after} replicas, at most ${maxReplicas}`]
      : [],
  );
}

/** How these steps together go beyond the limit: the blast radius. */
export function exceeded({ maxTargets, maxNamespaces, maxSteps }: PolicyLimit, steps: readonly PolicyStep[]): string[] {
  const changing = steps.filter((step) => changesSomething(step) && !step.noEffect);
  const unexpanded = changing.reduce((sum, { count }) => sum + count - 1, 0);
  const place = (step: PolicyStep) => (step.target ? `${step.target.cluster} ${historyKey(step.target)}` : step.id);
  const targets = new Set(changing.map(place)).size + unexpanded;
  const namespaces = new Set(
    changing.flatMap(({ target }) => (target?.namespace ? [`${target.cluster}/${target.namespace}`] : [])),
  ).size;
  const over = (what: string, is: number, most: number | undefined) =>
    most !== undefined && is > most ? [`${is} ${what}, at most ${most}`] : [];
  return [
    ...over('objects', targets, maxTargets),
    ...over('namespaces', namespaces, maxNamespaces),
    ...over('steps that change something', changing.length + unexpanded, maxSteps),
  ];
}
