import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { playbookSchema } from '../../config/sections/playbooks';
import { compileCel } from '../../plan/cel';
import { KubernautError } from '../../plan/errors';
import type { Playbook } from '../../plan/incident/playbook';
import type { Json, JsonObject } from '../../plan/json';
import { hasTemplate } from '../../plan/template';
import type { ActionRegistry } from '../registry';
import { fillPlaceholders } from './placeholders';

const MAX_BYTES = 64 * 1024;

/**
 * The playbooks of files and of all `*.yaml` in folders, in the order given; within a folder by name. All problems of all files
 * are named at once: a playbook that is wrong is found out at the start, not in the night of the incident.
 *
 * @throws {KubernautError} `SETTINGS_INVALID`
 */
export function loadPlaybooks(paths: readonly string[], registry: ActionRegistry): Playbook[] {
  const problems: string[] = [];
  const found = paths.flatMap(filesOf).flatMap((file) => {
    const playbook = readPlaybook(file, registry, (problem) => problems.push(`  ${file}: ${problem}`));
    return playbook === undefined ? [] : [playbook];
  });
  found.forEach(({ name }, index) => {
    if (found.findIndex((other) => other.name === name) < index) problems.push(`  two playbooks are called ${name}`);
  });
  if (problems.length > 0) throw new KubernautError('SETTINGS_INVALID', ['playbooks:', ...problems].join('\n'));
  return found;
}

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(path, name));
  } catch {
    throw new KubernautError('SETTINGS_INVALID', `incidents.playbooks: ${path} cannot be read`);
  }
}

function readPlaybook(file: string, registry: ActionRegistry, report: (problem: string) => void): Playbook | undefined {
  const text = readFileSync(file, 'utf8');
  if (text.length > MAX_BYTES) {
    report('larger than 64 KiB');
    return undefined;
  }
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    report(document.errors[0]!.message.split('\n')[0]!);
    return undefined;
  }
  const { data, error } = playbookSchema.safeParse(document.toJS());
  if (data === undefined) {
    for (const issue of error.issues) report(`${issue.path.join('.') || 'document'}: ${issue.message}`);
    return undefined;
  }
  try {
    const { type } = compileCel(data.match);
    if (type !== 'bool' && type !== 'dyn') report(`match: is a ${type}, not a bool`);
  } catch (error) {
    report(`match: ${error instanceof Error ? error.message : 'is no CEL'}`);
  }
  data.steps.forEach((step, index) =>
    stepProblems(step as JsonObject, registry).forEach((each) => report(`steps.${index}.${each}`)),
  );
  return data as Playbook;
}

/** What the plan's own check would find later. The value of a placeholder is only known with the alert. */
function stepProblems({ action, target, params }: JsonObject, registry: ActionRegistry): string[] {
  const definition = registry.list().find(({ name }) => name === action);
  if (definition === undefined) return [`action: there is no action ${String(action)}`];
  const problems: string[] = [];
  const { name, targetKinds } = definition;
  if (target === undefined && targetKinds.length > 0) problems.push('target: is missing');
  const kind = kindOf(target);
  if (kind !== undefined && !targetKinds.includes(kind)) {
    problems.push(`target: ${name} takes no ${kind}, but ${targetKinds.join(', ') || 'no target'}`);
  }
  const fixed = fillPlaceholders(params ?? {}, () => 'value')!;
  if (hasTemplate(Object.values(fixed))) return problems;
  return [...problems, ...registry.checkParams(name, fixed).map(({ path, message }) => `params.${path}: ${message}`)];
}

/** The kind of a target, where the playbook itself says it. */
function kindOf(target: Json | undefined): string | undefined {
  if (target === 'pod') return 'Pod';
  if (target === 'node') return 'Node';
  return typeof target === 'object' ? String((target as JsonObject)['kind']) : undefined;
}
