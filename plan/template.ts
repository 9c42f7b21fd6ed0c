import { compileCel, evaluateCel } from './cel';
import { KubernautError } from './errors';
import type { Json, JsonObject } from './json';
import { isTemplate, templateParts } from './template-parts';

/**
 * A copy of `value` in which every `${{ CEL }}` inside a string is replaced by its value. A string that is nothing but one
 * `${{ }}` becomes the value itself, with its type; otherwise the values are written into the text (lists and objects as
 * JSON). Keys are never templates.
 *
 * @throws {KubernautError} `EXPRESSION_FAILED`
 */
export function renderTemplates(value: Json, variables: JsonObject): Json {
  if (typeof value === 'string') return isTemplate(value) ? renderString(value, variables) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => renderTemplates(item, variables));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderTemplates(item, variables)]));
}

/** Whether {@link renderTemplates} would change anything. */
export function hasTemplate(value: Json): boolean {
  if (typeof value === 'string') return isTemplate(value);
  return value !== null && typeof value === 'object' && Object.values(value).some(hasTemplate);
}

/**
 * Paths of all variables read by the templates in `value`, as `references` of `plan/cel.ts` gives them.
 *
 * @throws {KubernautError} `EXPRESSION_FAILED`
 */
export function templateReferences(value: Json): string[][] {
  if (typeof value === 'string') return expressionsOf(value).flatMap((expression) => compileCel(expression).references);
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(templateReferences) : [];
}

/**
 * The expressions inside one string, in order.
 *
 * @throws {KubernautError} `EXPRESSION_FAILED` when a `${{` is never closed
 */
export function expressionsOf(text: string): string[] {
  if (!isTemplate(text)) return [];
  return templateParts(text).flatMap((part) => ('expression' in part ? [part.expression] : []));
}

/** Conditions are bare CEL; a `${{ }}` around the whole is tolerated and taken off here. */
export function bareExpression(text: string): string {
  const trimmed = text.trim();
  if (!isTemplate(trimmed)) return trimmed;
  const [first, ...others] = templateParts(trimmed);
  return first !== undefined && 'expression' in first && others.length === 0 ? first.expression : trimmed;
}

function renderString(text: string, variables: JsonObject): Json {
  const parts = templateParts(text);
  const [first] = parts;
  if (parts.length === 1 && first !== undefined && 'expression' in first)
    return evaluateCel(first.expression, variables);
  return parts.map((part) => ('text' in part ? part.text : asText(part.expression, variables))).join('');
}

function asText(expression: string, variables: JsonObject): string {
  const value = evaluateCel(expression, variables);
  // The word "null" in the middle of a name is never what was meant.
  if (value === null)
    throw new KubernautError('EXPRESSION_FAILED', `expression \`${expression}\` is null, which has no text form`);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
