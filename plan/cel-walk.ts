import type { ASTNode } from '@marcbachmann/cel-js';
import { MACROS } from './cel-environment';

/** A call as it stands in the text; `method` for `receiver.name(…)`. */
export interface CelCall {
  name: string;
  method: boolean;
  argumentCount: number;
  /** Offset in the text. */
  position: number;
  /** Macros this call stands inside of. */
  depth: number;
}

export interface CelVisit {
  calls: CelCall[];
  /** Every variable read, as far as its path is literal: `steps["a"].effect.list[i].x` → `['steps', 'a', 'effect', 'list']`. */
  references: string[][];
}

/** Walks the parsed expression. Loop variables of macros are not references; what they loop over is. */
export function visit(ast: ASTNode): CelVisit {
  const found: CelVisit = { calls: [], references: [] };
  walk(ast, { bound: new Set(), depth: 0 }, found);
  return found;
}

interface Scope {
  bound: ReadonlySet<string>;
  depth: number;
}

function walk(node: ASTNode, scope: Scope, found: CelVisit): void {
  switch (node.op) {
    case 'value':
      return;
    case 'id':
    case '.':
    case '.?':
    case '[]':
    case '[?]':
      return path(node, scope, found);
    case 'call': {
      const [name, args] = node.args;
      found.calls.push({ name, method: false, argumentCount: args.length, position: node.start, depth: scope.depth });
      return args.forEach((argument) => walk(argument, scope, found));
    }
    case 'rcall': {
      const [name, receiver, args] = node.args;
      found.calls.push({ name, method: true, argumentCount: args.length, position: node.start, depth: scope.depth });
      walk(receiver, scope, found);
      const variable = args[0];
      if (!MACROS.has(name) || variable?.op !== 'id') return args.forEach((argument) => walk(argument, scope, found));
      const inner = { bound: new Set([...scope.bound, variable.args]), depth: scope.depth + 1 };
      return args.slice(1).forEach((argument) => walk(argument, inner, found));
    }
    case 'map':
      return node.args.flat().forEach((child) => walk(child, scope, found));
    case '!_':
    case '-_':
      return walk(node.args, scope, found);
    default:
      return node.args.forEach((child) => walk(child, scope, found));
  }
}

/** Follows `a.b["c"][0]` from its end to the variable it starts with; anything computed on the way is walked by itself. */
function path(node: ASTNode, scope: Scope, found: CelVisit): void {
  let keys: string[] = [];
  let at = node;
  while (at.op === '.' || at.op === '.?' || at.op === '[]' || at.op === '[?]') {
    const key: ASTNode | string = at.args[1];
    if (typeof key === 'string') keys.unshift(key);
    else if (key.op === 'value' && (typeof key.args === 'string' || typeof key.args === 'bigint'))
      keys.unshift(String(key.args));
    else {
      walk(key, scope, found);
      keys = [];
    }
    at = at.args[0];
  }
  if (at.op !== 'id') return walk(at, scope, found);
  if (!scope.bound.has(at.args)) found.references.push([at.args, ...keys]);
}
