import type { z } from 'zod';
import { didYouMean } from './close-names';
import type { Json } from './json';
import { ProblemCode, valueAt, type DocumentPath, type Finding } from './problem';
import { MAX_STEPS, planSchema } from './schema';
import { describePath } from './schema-hints';

/** Everything in which the document departs from the written form. */
export function checkSchema(document: Json): Finding[] {
  return schemaFindings(planSchema, document, describePath);
}

/** The same for a document of another form; `describe` says what belongs in a place. */
export function schemaFindings(schema: z.ZodType, document: Json, describe: Describe): Finding[] {
  const result = schema.safeParse(document);
  return result.success ? [] : result.error.issues.flatMap((issue) => findings(issue, [], document, describe));
}

type Issue = z.core.$ZodIssue;
type Describe = (at: DocumentPath) => string | undefined;

function findings(issue: Issue, base: DocumentPath, document: Json, describe: Describe): Finding[] {
  const at = [...base, ...(issue.path as Array<string | number>)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...at, key], key, issue.message.split(' ')));
    case 'invalid_union': {
      const branch = closestBranch(issue.errors);
      return branch
        ? branch.flatMap((inner) => findings(inner, at, document, describe))
        : [wrongType(at, issue.message, describe)];
    }
    case 'invalid_type':
      if (valueAt(document, at) === undefined) return [missing(at, describe)];
      return [wrongType(at, `must be ${article(issue.expected)}, is ${typeName(valueAt(document, at))}`, describe)];
    case 'too_big':
      if (at.join('.') === 'spec.steps') return [tooManySteps(at, (valueAt(document, at) as Json[]).length)];
  }
  const value = valueAt(document, at);
  if (value === undefined) return [missing(at, describe)];
  const remedy = describe(at) ?? 'Correct the value.';
  return [{ at, code: ProblemCode.invalidValue, message: `${shown(value)} ${complaint(issue)}`, remedy }];
}

/** zod's own words read `Too small: …`; ours, `must …`. */
function complaint(issue: Issue): string {
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid'))
    return `must be one of ${issue.values.join(', ')}`;
  return issue.message.replace(/^(Too|Invalid)/, (word) => `is not allowed: ${word.toLowerCase()}`);
}

/**
 * Of a union's branches, the one that the value comes closest to: what is wrong inside it is what the writer wants to hear.
 * Undefined when the value is of another type than any branch.
 */
function closestBranch(branches: readonly Issue[][]): Issue[] | undefined {
  const fitting = branches.filter(
    (issues) =>
      !issues.some(({ code, path }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')),
  );
  return fitting.reduce<Issue[] | undefined>(
    (best, issues) => (best === undefined || issues.length < best.length ? issues : best),
    undefined,
  );
}

function unknownKey(at: DocumentPath, key: string, known: string[]): Finding {
  const otherwise = `Remove it; here may stand ${known.join(', ')}.`;
  return {
    at,
    code: ProblemCode.unknownKey,
    message: `unknown key ${key.slice(0, 100)}`,
    remedy: didYouMean(key, known, otherwise),
  };
}

function missing(at: DocumentPath, describe: Describe): Finding {
  const key = String(at.at(-1) ?? 'document');
  return {
    at,
    code: ProblemCode.missing,
    message: `${key} is missing`,
    remedy: `Add it. ${describe(at) ?? ''}`.trim(),
  };
}

function wrongType(at: DocumentPath, message: string, describe: Describe): Finding {
  return { at, code: ProblemCode.wrongType, message, remedy: describe(at) ?? 'Correct the type.' };
}

function tooManySteps(at: DocumentPath, count: number): Finding {
  const message = `${count} steps; at most ${MAX_STEPS} are allowed`;
  return {
    at,
    code: ProblemCode.tooManySteps,
    message,
    remedy: 'Split the plan, or use forEach for steps that are alike.',
  };
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return article(typeof value);
}

function article(type: string): string {
  if (type === 'array') return 'a list';
  if (type === 'record' || type === 'object') return 'an object';
  if (type === 'int') return 'a whole number';
  return `a ${type}`;
}
