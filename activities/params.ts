import { z } from 'zod';
import type { ParamsProblem } from '../plan/action-catalog';
import { KubernautError } from '../plan/errors';
import type { JsonObject } from '../plan/json';
import type { ActionDefinition } from './contract';

/** All that is wrong with `params`, not only the first; empty when they fit the action's schema. */
export function checkParams(definition: ActionDefinition, params: unknown): ParamsProblem[] {
  const result = definition.params.safeParse(params);
  return result.success ? [] : result.error.issues.flatMap(problemsOf);
}

/**
 * The params with the schema's defaults filled in.
 *
 * @throws {KubernautError} `PARAMS_INVALID`, with every problem and its path in the message
 */
export function parseParams(definition: ActionDefinition, params: unknown): unknown {
  const result = definition.params.safeParse(params);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap(problemsOf).map(({ path, message }) => `params${path}: ${message}`);
  throw new KubernautError('PARAMS_INVALID', `${definition.name}: ${problems.join('; ')}`, {
    remedy: `\`kubernaut actions ${definition.name}\` shows the parameters.`,
  });
}

/** JSON Schema (2020-12) of the params as people write them, so before defaults: for documents, CLI forms and response_format. */
export function paramsJsonSchema(definition: ActionDefinition): JsonObject {
  return z.toJSONSchema(definition.params, { io: 'input' }) as JsonObject;
}

function problemsOf(issue: z.core.$ZodIssue): ParamsProblem[] {
  const path = issue.path.map((part) => `/${String(part)}`).join('');
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // "Invalid input" helps nobody: show what is wrong with the form that comes closest.
    const forms = issue.errors.map((issues) => issues.flatMap(problemsOf));
    const closest = forms.reduce((best, form) => (form.length < best.length ? form : best));
    return closest.map((problem) => ({ ...problem, path: path + problem.path }));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: `${path}/${key}`, message: 'no such parameter' }));
  }
  return [{ path, message: issue.message }];
}
