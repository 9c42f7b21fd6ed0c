import type { Json } from './json';
import type { DocumentPath } from './problem';
import { asObject, callsOf, checksOf, type StepSketch } from './sketch';
import { SUB_PLAN_ACTION } from './sub-plan';
import { bareExpression, expressionsOf } from './template';
import { isTemplate } from './template-parts';

/** One place of a step in which CEL stands. */
export interface ExpressionSite {
  at: DocumentPath;
  /** The text as it stands there; a template holds several expressions, or a broken one. */
  text: string;
  form: 'bare' | 'template';
  /** What the expression has to give; `any` for templates. */
  gives: 'bool' | 'list' | 'any';
  /** The loop variable is known here. `forEach.in` is evaluated once, before there are items. */
  perItem: boolean;
  /** `evidence` and `effect` of the step are known here. */
  ownOutputs: boolean;
  /** The step itself has ended here. */
  after: boolean;
}

export function expressionSites(step: StepSketch): ExpressionSite[] {
  const sites: ExpressionSite[] = [];
  const bare = (keys: string[], value: Json | undefined, more: Partial<ExpressionSite>) => {
    if (typeof value !== 'string') return;
    const site = { form: 'bare', gives: 'any', perItem: false, ownOutputs: false, after: false } as const;
    sites.push({ at: [...step.at, ...keys], text: value, ...site, ...more });
  };
  bare(['when'], step.raw.when, { gives: 'bool', perItem: true });
  bare(['forEach', 'in'], asObject(step.raw.forEach).in, { gives: 'list' });
  bare(['verify', 'expect'], asObject(step.raw.verify).expect, { gives: 'bool', perItem: true, ownOutputs: true });
  for (const { at, raw, compensates } of callsOf(step)) {
    const site = { form: 'template', gives: 'any', perItem: true, ownOutputs: false, after: compensates } as const;
    // A sub-plan’s expressions speak of its own steps; they are checked with it.
    if (raw.action === SUB_PLAN_ACTION) continue;
    const texts = [...strings(raw.params, [...at, 'params']), ...targetStrings(raw.target, [...at, 'target'])];
    for (const { path, text } of texts) if (isTemplate(text)) sites.push({ at: path, text, ...site });
  }
  for (const { at, raw } of checksOf(step)) {
    const site = { form: 'template', gives: 'any', perItem: true, ownOutputs: false, after: false } as const;
    for (const { path, text } of strings(raw, at)) if (isTemplate(text)) sites.push({ at: path, text, ...site });
  }
  return sites;
}

/**
 * The expressions of a site, without what surrounds them.
 *
 * @throws {KubernautError} `EXPRESSION_FAILED` when a template is not closed
 */
export function expressionsAt({ text, form }: ExpressionSite): string[] {
  return form === 'bare' ? [bareExpression(text)] : expressionsOf(text);
}

/** Of a target, only namespace and name may be templates; the schema refuses the other fields. */
function targetStrings(value: Json | undefined, path: DocumentPath): Array<{ path: DocumentPath; text: string }> {
  if (typeof value === 'string') return [{ path, text: value }];
  const { namespace, name } = asObject(value);
  return [...strings(namespace, [...path, 'namespace']), ...strings(name, [...path, 'name'])];
}

function strings(value: Json | undefined, path: DocumentPath): Array<{ path: DocumentPath; text: string }> {
  if (typeof value === 'string') return [{ path, text: value }];
  if (value === undefined || value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => strings(item, [...path, index]));
  return Object.entries(value).flatMap(([key, item]) => strings(item, [...path, key]));
}
