import { KubernautError } from '../plan/errors';
import type { JsonObject } from '../plan/json';
import { SUB_PLAN_ACTION } from '../plan/sub-plan';
import type { ActionDefinition } from './contract';
import { checkParams, paramsJsonSchema } from './params';

/**
 * Refuses a definition that promises more than it does: success without effect must be impossible, and so must an undo
 * that exists only on paper.
 *
 * @throws {KubernautError} `ACTION_INVALID` with every problem found
 */
export function checkDefinition(definition: ActionDefinition): void {
  const problems = [...shape(definition), ...promises(definition), ...examples(definition)];
  if (problems.length > 0) {
    throw new KubernautError('ACTION_INVALID', `action ${String(definition.name)}: ${problems.join('; ')}`);
  }
}

const NAME = /^[a-z][a-z0-9_]{0,62}$/;

function shape(definition: ActionDefinition): string[] {
  const problems: string[] = [];
  if (typeof definition.name !== 'string' || !NAME.test(definition.name)) {
    problems.push('name must be lower case words joined by _ (scale_deployment), at most 63 characters');
  }
  for (const text of ['executor', 'description', 'whenToUse', 'whenNotToUse'] as const) {
    if (typeof definition[text] !== 'string' || definition[text].trim() === '') problems.push(`${text} is missing`);
  }
  for (const phase of ['validate', 'execute', 'verify'] as const) {
    if (typeof definition[phase] !== 'function') problems.push(`${phase} is not implemented`);
  }
  if (definition.rollback !== undefined && typeof definition.rollback !== 'function') {
    problems.push('rollback is not a function');
  }
  if (typeof definition.params?.safeParse !== 'function') return [...problems, 'params is not a zod schema'];
  return [...problems, ...schema(definition)];
}

/** A misspelled parameter must be an error, never ignored: what was meant would silently not happen. */
function schema(definition: ActionDefinition): string[] {
  let json: JsonObject;
  try {
    json = paramsJsonSchema(definition);
  } catch (error) {
    return [`params cannot be written as JSON Schema: ${error instanceof Error ? error.message : String(error)}`];
  }
  const branches = (json['anyOf'] ?? json['oneOf'] ?? [json]) as JsonObject[];
  return branches.every((branch) => branch['type'] === 'object' && branch['additionalProperties'] === false)
    ? []
    : ['params must be a strict object schema (z.strictObject), so that a misspelled parameter is refused'];
}

function promises(definition: ActionDefinition): string[] {
  const problems: string[] = [];
  const undo = definition.rollback !== undefined;
  if (definition.readOnly) {
    if (undo) problems.push('a readOnly action has nothing to roll back');
    if (definition.disruption !== 'none') problems.push('a readOnly action disrupts nothing');
  } else {
    if (definition.reversibility === 'irreversible' && undo)
      problems.push('an irreversible action cannot have a rollback');
    if (definition.reversibility !== 'irreversible' && !undo) {
      problems.push(`a ${definition.reversibility} action needs a rollback`);
    }
  }
  if (!definition.clusterScoped && definition.permissions.length > 0) {
    problems.push('an action outside any cluster needs no permissions');
  }
  if (definition.approval !== undefined && definition.approval !== 'always') {
    problems.push("approval is 'always', or absent: then the plan decides");
  }
  if (definition.childPlan && definition.name !== SUB_PLAN_ACTION) {
    problems.push(`childPlan is for ${SUB_PLAN_ACTION} alone, which the plan language knows by its name`);
  }
  if (definition.foreseeable && (!definition.clusterScoped || definition.childPlan)) {
    problems.push('foreseeable is for actions on objects of a cluster');
  }
  if (definition.durableTimer && !definition.readOnly) problems.push('durableTimer is for actions that only wait');
  return problems;
}

function examples(definition: ActionDefinition): string[] {
  if (definition.examples === undefined || definition.examples.length === 0) return ['at least one example is needed'];
  if (typeof definition.params?.safeParse !== 'function') return [];
  return definition.examples.flatMap((example) => {
    const problems = checkParams(definition, example.params).map(({ path, message }) => `params${path}: ${message}`);
    const kind = example.target?.kind;
    if (kind === undefined ? definition.targetKinds.length > 0 : !definition.targetKinds.includes(kind)) {
      problems.push(
        kind === undefined ? 'its target is missing' : `its target is a ${kind}, which is not in targetKinds`,
      );
    }
    return problems.map((problem) => `example "${example.title}": ${problem}`);
  });
}
