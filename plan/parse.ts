import {
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Pair,
  type YAMLError,
} from 'yaml';
import {
  checkPlan,
  MAX_PROBLEMS,
  tooLarge,
  utf8Length,
  type CheckOptions,
  type Locate,
  type PlanResult,
} from './check';
import { formatPath, ProblemCode, type DocumentPath, type Finding, type PlanProblem } from './problem';
import { isTooDeep } from './yaml-depth';
import { checkKeys } from './yaml-keys';

export { checkPlan, type CheckOptions, type PlanResult } from './check';

/** Longest plan text, in bytes of UTF-8. */
export const MAX_PLAN_BYTES = 256 * 1024;
/** Aliases multiply what they stand for; more than a few in a plan are an attack or a mistake. */
const MAX_ALIASES = 50;

/**
 * Reads a plan from YAML 1.2 or JSON text and checks it: {@link checkPlan} with `line` and `column` for every problem.
 * Exactly one document; no duplicate keys, no tags, few aliases. Never throws for anything that is wrong with the text.
 */
export function parsePlan(text: string, options: CheckOptions = {}): PlanResult {
  const read = readDocument(text, { what: 'a plan', start: 'Start from examples/plans/.' }, (value, locate) =>
    checkPlan(value, options, locate),
  );
  return 'refused' in read ? { ok: false, problems: read.refused } : read.result;
}

/** What the text is meant to be, for the words of a refusal. */
export interface ExpectedDocument {
  /** `a plan`. */
  what: string;
  /** What to do about an empty file. */
  start: string;
}

/** Reads exactly one document from the text and hands it to `check`, with a way to find each path in the text. */
export function readDocument<R>(
  text: string,
  expected: ExpectedDocument,
  check: (value: unknown, locate: Locate) => R,
): { refused: PlanProblem[] } | { result: R } {
  const bytes = utf8Length(text);
  if (bytes > MAX_PLAN_BYTES) return refuse(tooLarge(bytes, MAX_PLAN_BYTES));
  try {
    return isTooDeep(text) ? refuse(unreadable('nested too deeply')) : parse(text, expected, check);
  } catch (error) {
    // The parser promises nothing for hostile text; an alias bomb, for one, ends in a ReferenceError.
    return refuse(unreadable(error instanceof Error ? error.message : String(error)));
  }
}

function unreadable(message: string): Finding {
  return { at: [], code: ProblemCode.syntax, message, remedy: 'Write plain YAML or JSON.' };
}

function parse<R>(
  text: string,
  { what, start }: ExpectedDocument,
  check: (value: unknown, locate: Locate) => R,
): { refused: PlanProblem[] } | { result: R } {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: '1.2',
    // The library compares every key with every other; see plan/yaml-keys.ts.
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [document] = documents;
  if (document === undefined || !('contents' in document) || document.contents === null) {
    return refuse({ at: [], code: ProblemCode.missing, message: 'the document is empty', remedy: start });
  }
  if (documents.length > 1) {
    const at = lines.linePos(documents[1]!.range[0]);
    const message = `${documents.length} documents in one text; ${what} is one`;
    return refuse(
      {
        at: [],
        code: ProblemCode.multipleDocuments,
        message,
        remedy: `Put each ${what.replace(/^an? /, '')} into a file of its own.`,
      },
      at,
    );
  }
  const errors = [
    ...[...document.errors, ...document.warnings]
      .filter(isNoEcho)
      .map((error) => ({ ...syntax(error), offset: error.pos[0] })),
    ...checkKeys(document),
  ];
  if (errors.length > 0) {
    const problems = errors
      .slice(0, MAX_PROBLEMS)
      .map(({ offset, ...error }) => ({ path: '', ...error, ...position(lines, offset) }));
    return { refused: problems };
  }
  return { result: check(document.toJS({ maxAliasCount: MAX_ALIASES }), locator(document, lines)) };
}

function refuse({ at, ...finding }: Finding, where?: { line: number; col: number }): { refused: PlanProblem[] } {
  const problem = { path: formatPath(at), ...finding, ...(where && { line: where.line, column: where.col }) };
  return { refused: [problem] };
}

function syntax({ code, message }: YAMLError): Pick<Finding, 'code' | 'message' | 'remedy'> {
  const remedy = code === 'TAG_RESOLVE_FAILED' ? 'Remove the tag.' : 'Correct the YAML.';
  return { code: ProblemCode.syntax, message: message.slice(0, 300), remedy };
}

/** After one syntax error the parser finds every following token unexpected, which tells nobody anything. */
function isNoEcho({ code }: YAMLError, index: number): boolean {
  return index === 0 || code !== 'UNEXPECTED_TOKEN';
}

/** Of a value: where it starts, or its key when there is one. Of something missing: the object in which it is. */
function locator(document: Document.Parsed, lines: LineCounter): Locate {
  const keyOrValue = (at: DocumentPath): number | undefined => {
    const parent: unknown = at.length === 1 ? document.contents : document.getIn(at.slice(0, -1), true);
    const last = at.at(-1);
    if (isMap(parent) && typeof last === 'string') {
      const pair = parent.items.find((item) => isPair(item) && nameOf(item) === last);
      return startOf(pair?.key);
    }
    return startOf(document.getIn(at, true));
  };
  return (at) => {
    for (let length = at.length; length > 0; length--) {
      const start = keyOrValue(at.slice(0, length));
      if (start !== undefined) return position(lines, start);
    }
    return position(lines, startOf(document.contents) ?? 0);
  };
}

function nameOf({ key }: Pair): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | undefined)?.range?.[0];
}

function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
