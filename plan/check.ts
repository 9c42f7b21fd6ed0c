import type { ActionCatalog } from './action-catalog';
import { checkActions } from './check-actions';
import { checkExpressions } from './check-expressions';
import { checkGraph } from './check-graph';
import { checkRules } from './check-rules';
import { checkSchema } from './check-schema';
import { checkSubPlans } from './check-sub-plans';
import { checkVerify } from './check-verify';
import type { Json } from './json';
import type { RemediationPlan } from './model';
import { normalizePlan } from './normalize';
import { plainDocument } from './plain-document';
import {
  formatPath,
  ProblemCode,
  type DocumentPath,
  type Finding,
  type PlanProblem,
  type PlanWarning,
} from './problem';
import { MAX_STEPS, type WrittenPlan } from './schema';
import { asObject, sketchPlan } from './sketch';
import { planWarnings } from './warnings';

export interface CheckOptions {
  /** Without it, actions, their targets and params are not checked. */
  actions?: ActionCatalog;
  /** Fills in `metadata.requester` when the document names none: who submits the plan. */
  requester?: string;
}

export type PlanResult =
  | { ok: true; plan: RemediationPlan; warnings: PlanWarning[] }
  /** Every problem that was found, in document order. */
  | { ok: false; problems: PlanProblem[] };

/** Where in the text a path stands. */
export type Locate = (at: DocumentPath) => { line: number; column: number } | undefined;

/**
 * A parsed document may be larger than its text: defaults are filled in. Still far below what a workflow's input may be
 * (2 MB).
 */
export const MAX_DOCUMENT_BYTES = 1024 * 1024;

/** More would not help a person, and would not fit into a workflow's history. */
export const MAX_PROBLEMS = 200;

/**
 * Checks a document and, when nothing is wrong with it, fills in its defaults. A normalized plan passes through unchanged.
 * Pure; never throws for anything that is wrong with the document.
 *
 * @param locate looks paths up in the source text, for `line` and `column`
 */
export function checkPlan(document: unknown, options: CheckOptions = {}, locate: Locate = () => undefined): PlanResult {
  const place = <Code extends string>({ at, ...finding }: Finding<Code>) => ({
    path: formatPath(at),
    ...finding,
    ...locate(at),
  });
  const plain = plainDocument(document);
  if ('problem' in plain) return { ok: false, problems: [place(plain.problem)] };
  const bytes = utf8Length(JSON.stringify(plain.value));
  if (bytes > MAX_DOCUMENT_BYTES) return { ok: false, problems: [place(tooLarge(bytes, MAX_DOCUMENT_BYTES))] };

  const value = withRequester(plain.value, options.requester);
  const findings = inDocumentOrder(value, findAll(value, options.actions));
  if (findings.length > 0) {
    const problems = findings.slice(0, MAX_PROBLEMS).map(place);
    const rest = findings.length - problems.length;
    return { ok: false, problems: rest > 0 ? [...problems, place(more(rest))] : problems };
  }
  const plan = normalizePlan(value as unknown as WrittenPlan, options.actions);
  return { ok: true, plan, warnings: planWarnings(plan, options.actions).map(place) };
}

export function tooLarge(bytes: number, limit: number): Finding {
  const message = `${bytes} bytes; at most ${limit} are allowed`;
  return {
    at: [],
    code: ProblemCode.tooLarge,
    message,
    remedy: 'Split the plan, or use forEach for steps that are alike.',
  };
}

/** @param depth of a plan within a plan; 0: the document itself */
function findAll(document: Json, actions: ActionCatalog | undefined, depth = 0): Finding[] {
  const schema = checkSchema(document);
  const sketch = sketchPlan(document);
  // Beyond the limit only the limit counts; the other checks would take long over nothing.
  if (sketch.steps.length > MAX_STEPS) return schema;
  return [
    ...schema,
    ...checkGraph(sketch),
    ...checkExpressions(sketch),
    ...checkRules(sketch),
    ...checkVerify(sketch, actions),
    ...(actions ? checkActions(sketch, actions) : []),
    ...checkSubPlans(document, sketch, depth, (inner, at) => findAll(inner, actions, at)),
  ];
}

function withRequester(document: Json, requester: string | undefined): Json {
  const plan = asObject(document);
  const metadata = asObject(plan.metadata);
  if (requester === undefined || plan.metadata !== metadata || metadata.requester !== undefined) return document;
  return { ...plan, metadata: { ...metadata, requester } };
}

/** As a person reads the file: by place, not by which check found it. What is missing comes last in its object. */
export function inDocumentOrder(document: Json, findings: Finding[]): Finding[] {
  const places = new Map<object, Map<string, number>>();
  const placesIn = (value: object): Map<string, number> => {
    const known = places.get(value) ?? new Map(Object.keys(value).map((key, index) => [key, index]));
    places.set(value, known);
    return known;
  };
  const position = (at: DocumentPath): number[] => {
    let value: Json | undefined = document;
    return at.map((key) => {
      if (value === undefined || value === null || typeof value !== 'object') return 0;
      const place = placesIn(value);
      value = place.has(String(key)) ? (value as Record<string, Json>)[String(key)] : undefined;
      return place.get(String(key)) ?? place.size;
    });
  };
  return findings
    .map((finding) => ({ finding, position: position(finding.at) }))
    .sort((a, b) => compare(a.position, b.position))
    .map(({ finding }) => finding);
}

function compare(a: number[], b: number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function more(count: number): Finding {
  return {
    at: [],
    code: ProblemCode.more,
    message: `and ${count} more problems`,
    remedy: 'Correct these first, then check again.',
  };
}

/** Bytes in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
