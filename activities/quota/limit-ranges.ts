import type { JsonObject } from '../../plan/json';
import type { KubeObject } from '../cluster/cluster';
import { compareQuantities, formatQuantity } from '../executors/kubernetes/quantity';
import { amounts, type ContainerNeeds, type Defaults, type PodNeeds } from './pod-needs';

function limitsOf(ranges: readonly KubeObject[], type: string): { name: string; item: JsonObject }[] {
  return ranges.flatMap(({ metadata, spec }) =>
    ((spec?.['limits'] ?? []) as JsonObject[]).flatMap((item) =>
      item['type'] === type ? [{ name: metadata.name, item }] : [],
    ),
  );
}

/** What the LimitRanges of a namespace give to containers that say nothing. */
export function defaultsOf(ranges: readonly KubeObject[]): Defaults {
  const items = limitsOf(ranges, 'Container').map(({ item }) => item);
  return {
    requests: new Map(items.flatMap((item) => [...amounts(item['defaultRequest'])])),
    limits: new Map(items.flatMap((item) => [...amounts(item['default'])])),
  };
}

/** Why the server would refuse every such pod. */
export function outOfRange(ranges: readonly KubeObject[], pod: PodNeeds): string[] {
  const containers = limitsOf(ranges, 'Container').flatMap(({ name, item }) =>
    pod.containers.flatMap((each) => violations(name, item, each, `container ${each.name}`)),
  );
  const whole = { ...pod, name: '' };
  return [
    ...containers,
    ...limitsOf(ranges, 'Pod').flatMap(({ name, item }) => violations(name, item, whole, 'each pod')),
  ];
}

function violations(
  range: string,
  item: JsonObject,
  needs: Pick<ContainerNeeds, 'requests' | 'limits'>,
  who: string,
): string[] {
  const found: string[] = [];
  for (const [resource, max] of amounts(item['max'])) {
    const most = needs.limits.get(resource) ?? needs.requests.get(resource);
    if (most && compareQuantities(most, max) > 0) {
      found.push(
        `${who} would have ${formatQuantity(most)} ${resource}, LimitRange ${range} allows ${formatQuantity(max)}`,
      );
    }
  }
  for (const [resource, min] of amounts(item['min'])) {
    const least = needs.requests.get(resource) ?? needs.limits.get(resource);
    if (least && compareQuantities(least, min) < 0) {
      found.push(
        `${who} would have ${formatQuantity(least)} ${resource}, LimitRange ${range} asks for at least ${formatQuantity(min)}`,
      );
    }
  }
  return found;
}
