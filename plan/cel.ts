import {
  FUNCTIONS,
  MACROS,
  MAX_EXPRESSION_LENGTH,
  MAX_MACROS,
  MAX_MACRO_DEPTH,
  MAX_NESTED_ITEMS,
  METHODS,
  parseCel,
} from './cel-environment';
import { fromCel, toCel } from './cel-values';
import { visit, type CelCall } from './cel-walk';
import { KubernautError } from './errors';
import type { Json, JsonObject } from './json';

/**
 * CEL in plans: conditions, verifications and the insides of `${{ … }}`. Pure and deterministic: no clock, no randomness, no
 * time zone, no regular expressions, so it runs inside workflows and gives the same on every replay.
 */
export interface CompiledCel {
  readonly text: string;
  /** See {@link references}. */
  readonly references: string[][];
  /** CEL type of the result as far as it is known beforehand: `bool`, `int`, `list<dyn>`, … or `dyn`. */
  readonly type: string;
  /**
   * The value over these variables, as JSON.
   *
   * @throws {KubernautError} `EXPRESSION_FAILED`
   */
  evaluate(variables: JsonObject): Json;
}

/** Longest result, in characters of JSON: the cap of an action's output. */
const MAX_RESULT_LENGTH = 64 * 1024;

/**
 * Parses and type-checks the expression, as far as that can be done without knowing the variables.
 *
 * @throws {KubernautError} `EXPRESSION_FAILED`, the message holding the expression and the column
 */
export function compileCel(text: string): CompiledCel {
  return guarded(text, () => {
    if (text.trim() === '') throw new RangeError('the expression is empty');
    if (text.length > MAX_EXPRESSION_LENGTH) {
      throw new RangeError(`${text.length} characters; at most ${MAX_EXPRESSION_LENGTH} are allowed`);
    }
    const parsed = parseCel(text);
    const { calls, references: paths } = visit(parsed.ast);
    calls.forEach(refuseUnknownCall);
    const nested = refuseCostly(calls);
    const checked = parsed.check();
    if (!checked.valid) throw checked.error;
    const evaluate = (variables: JsonObject) =>
      guarded(text, () => {
        const scope = pick(variables, paths);
        if (nested) refuseLongLists(scope);
        const value = fromCel(parsed(toCel(scope) as Record<string, unknown>));
        if (JSON.stringify(value).length > MAX_RESULT_LENGTH) throw new RangeError('the result is larger than 64 KiB');
        return value;
      });
    return { text, references: paths, type: checked.type ?? 'dyn', evaluate };
  });
}

/**
 * The value of the expression over these variables. CEL `int` and `double` both come back as numbers.
 *
 * @throws {KubernautError} `EXPRESSION_FAILED`: invalid expression, absent field, wrong types, division by zero, …
 */
export function evaluateCel(text: string, variables: JsonObject): Json {
  return compileCel(text).evaluate(variables);
}

/**
 * Paths of the variables that the expression reads, as far as they are literal: `steps.check.evidence.ready < n` gives
 * `[['steps', 'check', 'evidence', 'ready'], ['n']]`. Found in the parsed expression, so text inside strings does not count.
 *
 * @throws {KubernautError} `EXPRESSION_FAILED`
 */
export function references(text: string): string[][] {
  return compileCel(text).references;
}

function refuseUnknownCall({ name, method, argumentCount, position }: CelCall): void {
  const known = method ? METHODS : FUNCTIONS;
  const zonedGetter = name.startsWith('get') && argumentCount > 0;
  if (known.has(name) && !zonedGetter) return;
  throw new CallRefused(
    `${method ? 'method' : 'function'} ${name} is not available; there are ${[...known].join(', ')}`,
    position,
  );
}

/** @returns whether macros stand inside of macros */
function refuseCostly(calls: CelCall[]): boolean {
  const macros = calls.filter(({ name, method }) => method && MACROS.has(name));
  if (macros.length > MAX_MACROS)
    throw new RangeError(`${macros.length} loops (all, map, …); at most ${MAX_MACROS} are allowed`);
  const deepest = Math.max(0, ...macros.map(({ depth }) => depth + 1));
  if (deepest > MAX_MACRO_DEPTH)
    throw new RangeError(`loops nested ${deepest} deep; at most ${MAX_MACRO_DEPTH} are allowed`);
  return deepest > 1;
}

function refuseLongLists(value: Json): void {
  if (value === null || typeof value !== 'object') return;
  const items = Object.values(value);
  if (items.length > MAX_NESTED_ITEMS) {
    throw new RangeError(`nested loops over ${items.length} items; at most ${MAX_NESTED_ITEMS} are allowed`);
  }
  items.forEach(refuseLongLists);
}

/** Only what is read: the outputs of 500 steps may be 32 MB, an expression mostly needs one of them. */
function pick(variables: JsonObject, paths: string[][]): JsonObject {
  const picked: JsonObject = {};
  for (const root of new Set(paths.map(([first]) => first!))) {
    const value = variables[root];
    if (value === undefined || !Object.hasOwn(variables, root)) continue;
    const keys = paths.filter(([first]) => first === root).map(([, second]) => second);
    const whole = value === null || typeof value !== 'object' || Array.isArray(value) || keys.includes(undefined);
    picked[root] = whole ? value : Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)));
  }
  return picked;
}

class CallRefused extends Error {
  readonly range: { start: number };
  constructor(message: string, start: number) {
    super(message);
    this.range = { start };
  }
}

function guarded<T>(text: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { summary, message, range } = error as { summary?: string; message?: string; range?: { start?: number } };
    const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
    const where = range?.start === undefined ? '' : `, at column ${range.start + 1}`;
    throw new KubernautError(
      'EXPRESSION_FAILED',
      `expression \`${shown}\`${where}: ${summary ?? message ?? String(error)}`,
      {
        cause: error,
      },
    );
  }
}
