import { matchesName } from '../config/name-pattern';
import type { ActionRules } from '../config/sections/action-rules';
import { KubernautError } from '../plan/errors';
import type { ActionRegistry } from './registry';

/**
 * A rule about an action that does not exist would protect nothing, and nobody would notice.
 *
 * @throws {KubernautError} `SETTINGS_INVALID` with every pattern that fits no registered action, and every narrowed parameter
 * that none of a rule's actions has
 */
export function checkActionRules(rules: ActionRules, registry: ActionRegistry): void {
  const problems = rules.flatMap((rule) => {
    const idle = rule.actions.filter((pattern) => !registry.names().some((name) => matchesName([pattern], name)));
    const actions = registry.names().filter((name) => matchesName(rule.actions, name));
    const lost = Object.keys(rule.params ?? {}).filter(
      (path) => actions.length > 0 && !actions.some((name) => hasParam(registry, name, path.split('.')[0] ?? '')),
    );
    return [
      ...idle.map((pattern) => `rule ${rule.name}: there is no action ${pattern}`),
      ...lost.map((path) => `rule ${rule.name}: ${actions.join(', ')} has no parameter ${path}`),
    ];
  });
  if (problems.length > 0) {
    throw new KubernautError(
      'SETTINGS_INVALID',
      ['actions.rules:', ...problems.map((line) => `  ${line}`)].join('\n'),
      {
        remedy: '`kubernaut actions` lists the actions, `kubernaut actions NAME` their parameters.',
      },
    );
  }
}

/** The same for limits of actions (`guards.ratePerAction`). @throws {KubernautError} `SETTINGS_INVALID` */
export function checkActionNames(names: readonly string[], where: string, registry: ActionRegistry): void {
  const unknown = names.filter((name) => !registry.has(name));
  if (unknown.length === 0) return;
  throw new KubernautError(
    'SETTINGS_INVALID',
    [`${where}:`, ...unknown.map((name) => `  there is no action ${name}`)].join('\n'),
    { remedy: '`kubernaut actions` lists the actions.' },
  );
}

/**
 * Rules that fit none of the clusters that these settings name: meant for other workers, or misspelled. No error, since
 * workers of several clusters may share their rules; a person should know.
 */
export function idleRules(
  rules: ActionRules,
  clusters: ReadonlyArray<{ name: string; environment?: string | undefined }>,
): string[] {
  const somewhere = (patterns: readonly string[] | undefined, names: readonly string[]) =>
    patterns === undefined || names.some((name) => matchesName(patterns, name));
  return rules
    .filter((rule) => {
      const fitting = clusters.filter(({ name }) => somewhere(rule.clusters, [name]));
      const environments = fitting.flatMap(({ environment }) => environment ?? []);
      return fitting.length === 0
        ? rule.clusters !== undefined || rule.environments !== undefined
        : !somewhere(rule.environments, environments);
    })
    .map(({ name, clusters: at, environments }) => {
      const where = [at && `clusters ${at.join(', ')}`, environments && `environments ${environments.join(', ')}`];
      return `rule ${name} is about ${where.filter(Boolean).join(' and ')}, of which these settings name none`;
    });
}

function hasParam(registry: ActionRegistry, action: string, param: string): boolean {
  const text = JSON.stringify(registry.paramsJsonSchema(action));
  return text.includes(`${JSON.stringify(param)}:`);
}
