import type * as CelLibrary from '@marcbachmann/cel-js';
import type { ASTNode, Environment } from '@marcbachmann/cel-js';

/** Longest expression, in characters. */
export const MAX_EXPRESSION_LENGTH = 4096;
/** Macros (`all`, `exists`, `exists_one`, `map`, `filter`) in one expression, and how deep one may stand inside another. */
export const MAX_MACROS = 4;
export const MAX_MACRO_DEPTH = 2;
/** An expression with nested macros may read lists of at most this many items: nesting makes its cost quadratic. */
export const MAX_NESTED_ITEMS = 1000;

/**
 * Deliberately an allow list: whatever the library adds later stays out until somebody has looked at it. Absent on purpose:
 * `matches` (a regular expression may run for ever, and a workflow that hangs cannot be cancelled), `timestamp` (reads the
 * machine's time zone), `cel.bind` (doubles strings), bytes and unsigned integers (no JSON).
 */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  'has',
  'size',
  'int',
  'double',
  'string',
  'bool',
  'duration',
  'dyn',
]);
export const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
export const METHODS: ReadonlySet<string> = new Set([
  ...MACROS,
  ...['size', 'startsWith', 'endsWith', 'contains', 'lowerAscii', 'upperAscii', 'trim'],
  ...['indexOf', 'lastIndexOf', 'substring', 'split', 'join'],
  ...['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'],
]);

/** Parses `text`; throws the library's ParseError. */
export function parseCel(text: string): ReturnType<Environment['parse']> & { ast: ASTNode } {
  return (environment ??= createEnvironment()).parse(text);
}

/**
 * Loaded with the first expression, for whoever needs none: every thread of a worker and every command of the CLI. In a worker
 * all runs share it, so it holds no state between parses.
 */
let environment: Environment | undefined;

/**
 * CEL is strict about `int + double`. Values here come from JSON, where 1 and 1.0 are the same: an expression that works for
 * a load of 0.5 must not fail for a load of 1. So mixed arithmetic gives a double, and mixed equality compares the values.
 */
function createEnvironment(): Environment {
  // Not an import: that would load it at once.
  const library = require('@marcbachmann/cel-js') as typeof CelLibrary;
  const created = new library.Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 500, maxDepth: 32, maxListElements: 500, maxMapEntries: 100, maxCallArguments: 8 },
  });
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [operator, compute] of Object.entries(arithmetic)) {
    const mixed = (a: bigint | number, b: bigint | number) => compute(Number(a), Number(b));
    created.registerOperator(`int ${operator} double: double`, mixed);
    created.registerOperator(`double ${operator} int: double`, mixed);
  }
  created.registerOperator('int == double: bool', (a: bigint, b: number) => Number(a) === b);
  return created;
}
