import type { ActionSettings } from '../config/action-settings';
import { matchesName } from '../config/name-pattern';
import type { ActionRule, ActionRules, AllowedValue } from '../config/sections/action-rules';
import { KubernautError } from '../plan/errors';
import type { Json } from '../plan/json';
import type { FieldChange, StepRequest } from '../plan/step-io';
import { parseQuantity } from './executors/kubernetes/quantity';

/** What decides whether a rule is about a step. */
export type RuledStep = Pick<StepRequest, 'action' | 'cluster' | 'target'>;

/** The rules that are about this step. */
export function rulesFor(
  step: RuledStep,
  { rules, environment, environmentUnknown }: Pick<ActionSettings, 'rules' | 'environment' | 'environmentUnknown'>,
): ActionRules {
  const fits = (patterns: readonly string[] | undefined, name: string | undefined): boolean =>
    patterns === undefined || (name !== undefined && matchesName(patterns, name));
  return rules.filter(
    (rule) =>
      matchesName(rule.actions, step.action) &&
      fits(rule.clusters, step.cluster) &&
      (environmentUnknown || fits(rule.environments, environment)) &&
      fits(rule.namespaces, step.target?.namespace),
  );
}

/**
 * Holds a step to the rules of the settings, by its params (defaults filled in).
 *
 * @throws {KubernautError} `ACTION_DENIED` with every rule that forbids it, and why
 */
export function refuseDenied(step: RuledStep, params: unknown, settings: ActionSettings): void {
  refuse(step, rulesFor(step, settings), (rule) => {
    if (rule.deny) return [`it is denied${doubt(rule, step, settings)}`];
    return Object.entries(rule.params ?? {}).flatMap(([path, allowed]) =>
      problemsOf(valueAt(params, path.split('.')), allowed).map((problem) => `params.${path} ${problem}`),
    );
  });
}

/** The same by what the step would change, since `by: 50` and `replicas: 52` may be the same wish. @throws as {@link refuseDenied} */
export function refuseDeniedChanges(step: RuledStep, diff: readonly FieldChange[], settings: ActionSettings): void {
  refuse(step, rulesFor(step, settings), (rule) =>
    Object.entries(rule.changes ?? {}).flatMap(([pattern, allowed]) =>
      diff.flatMap((change) =>
        leavesOf(change.path, change.after)
          .filter(([path]) => fitsPath(pattern, path))
          // A field that is taken away is no value that could be out of bounds.
          .flatMap(([path, after]) => problemsOf(after, { ...allowed, optional: true }).map((why) => `${path} ${why}`)),
      ),
    ),
  );
}

function refuse(step: RuledStep, rules: ActionRules, problems: (rule: ActionRule) => string[]): void {
  const said = rules.flatMap((rule) => {
    const found = problems(rule);
    return found.length === 0 ? [] : [`rule ${rule.name}: ${found.join(', ')} (${rule.reason})`];
  });
  if (said.length > 0)
    throw new KubernautError('ACTION_DENIED', `${step.action} in ${placeOf(step)}: ${said.join('; ')}`);
}

/** Why a rule about environments is held against a step of which nobody knows the environment. */
function doubt(rule: ActionRule, { cluster }: RuledStep, { environmentUnknown }: ActionSettings): string {
  return environmentUnknown && rule.environments !== undefined
    ? ` in ${rule.environments.join(', ')}, and the settings of this worker do not say what ${cluster} is for (clusters[].environment)`
    : '';
}

function placeOf({ cluster, target }: RuledStep): string {
  return target?.namespace === undefined ? cluster : `${cluster}/${target.namespace}`;
}

function problemsOf(value: Json | undefined, allowed: AllowedValue): string[] {
  if (allowed.absent) return value === undefined ? [] : ['must not be given'];
  if (value === undefined) return allowed.optional ? [] : ['must be given, so that it can be held to the rule'];
  const { min, max, oneOf, matches } = allowed;
  const problems: string[] = [];
  const shown = JSON.stringify(value).slice(0, 80);
  if (min !== undefined && !(compare(value, min) >= 0)) problems.push(`is ${shown}, at least ${min} is allowed`);
  if (max !== undefined && !(compare(value, max) <= 0)) problems.push(`is ${shown}, at most ${max} is allowed`);
  if (oneOf !== undefined && !oneOf.some((each) => each === value)) {
    problems.push(`is ${shown}, allowed is ${oneOf.map(String).join(', ')}`);
  }
  if (matches !== undefined && !(typeof value === 'string' && new RegExp(`^(?:${matches})$`).test(value))) {
    problems.push(`is ${shown}, which does not match ${matches}`);
  }
  return problems;
}

/** NaN, which is within no bound, for what is neither a number nor a quantity (a relative wish: `{ factor: 2 }`). */
function compare(value: Json, bound: number | string): number {
  const [left, right] = [nano(value), nano(bound)];
  if (left === undefined || right === undefined) return Number.NaN;
  return left < right ? -1 : left > right ? 1 : 0;
}

function nano(value: Json): bigint | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  try {
    return parseQuantity(String(value)).nano;
  } catch {
    return undefined;
  }
}

function valueAt(value: unknown, path: readonly string[]): Json | undefined {
  return path.reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, part)
        ? (at as Record<string, unknown>)[part]
        : undefined,
    value,
  ) as Json | undefined;
}

/** A change of a whole object is a change of each field in it: a rule on a field must not be passed by setting its parent. */
function leavesOf(path: string, value: Json | undefined): Array<[path: string, value: Json | undefined]> {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  const inside = Object.entries(value).flatMap(([key, each]) =>
    leavesOf(`${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, each),
  );
  return [[path, value], ...inside];
}

function fitsPath(pattern: string, path: string): boolean {
  const [wanted, found] = [pattern.split('/'), path.split('/')];
  return wanted.length === found.length && wanted.every((part, index) => part === '*' || part === found[index]);
}
