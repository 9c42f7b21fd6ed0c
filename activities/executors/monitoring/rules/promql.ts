import { parser } from '@prometheus-io/lezer-promql';

// As the parser gives it: `@lezer/common` has its types twice, for each module system.
type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** What is wrong with the expression's syntax, with the place; `undefined`: nothing. Types and functions' arguments are the server's to judge. */
export function promqlProblem(text: string): string | undefined {
  const cursor = parser.parse(text).cursor();
  do {
    if (!cursor.type.isError) continue;
    const near = text.slice(cursor.from, cursor.from + 20).trim();
    return `is no PromQL: error at character ${cursor.from + 1}${near ? ` (near '${near}')` : ' (at its end)'}`;
  } while (cursor.next());
  return text.trim() === '' ? 'is empty' : undefined;
}

/** One comparison with a literal number: the threshold of an alert. */
export interface Threshold {
  /** `>`, `<`, `>=`, `<=`, `==`, `!=`. */
  operator: string;
  value: number;
  /** The other side, as written. */
  subject: string;
  /** Where the number stands in the text. */
  from: number;
  to: number;
}

const COMPARISONS: ReadonlySet<string> = new Set(['Gtr', 'Lss', 'Gte', 'Lte', 'Eqlc', 'Neq', 'Eql']);

/** All comparisons of the expression with a number on one side, in the order of the text. */
export function thresholds(text: string): Threshold[] {
  const found: Threshold[] = [];
  parser.parse(text).iterate({
    enter({ node }) {
      if (node.name !== 'BinaryExpr') return;
      const threshold = thresholdOf(text, node);
      if (threshold) found.push(threshold);
    },
  });
  return found.sort((a, b) => a.from - b.from);
}

/** The same expression with another number at that place; nothing else changes, comments and spelling included. */
export function withThreshold(text: string, at: Threshold, value: number): string {
  return text.slice(0, at.from) + numberText(value) + text.slice(at.to);
}

/** The two operands are the first and the last child; between them stand the operator, `bool` and `on(…)`. */
function thresholdOf(text: string, node: SyntaxNode): Threshold | undefined {
  const [left, right] = [node.firstChild, node.lastChild];
  const operator = childrenOf(node).find(({ name }) => COMPARISONS.has(name));
  if (!left || !right || !operator) return undefined;
  const source = (part: SyntaxNode) => text.slice(part.from, part.to);
  for (const [number, other] of [
    [right, left],
    [left, right],
  ] as const) {
    const value = numberOf(number, text);
    if (value === undefined || numberOf(other, text) !== undefined) continue;
    return { operator: source(operator), value, subject: source(other), from: number.from, to: number.to };
  }
  return undefined;
}

/** `undefined` for what is no plain number: an expression (`3 * 5`), a duration used as a number (`5m`). */
function numberOf(node: SyntaxNode, text: string): number | undefined {
  if (node.name === 'NumberDurationLiteral') {
    const literal = text.slice(node.from, node.to).replaceAll('_', '');
    if (/^[-+]?inf$/i.test(literal)) return undefined;
    const value = Number(literal);
    return literal !== '' && Number.isFinite(value) ? value : undefined;
  }
  if (node.name === 'ParenExpr' || node.name === 'UnaryExpr') {
    const inner = node.lastChild && (node.name === 'ParenExpr' ? node.firstChild : node.lastChild);
    const value = inner ? numberOf(inner, text) : undefined;
    if (value === undefined) return undefined;
    return node.name === 'UnaryExpr' && text[node.from] === '-' ? -value : value;
  }
  return undefined;
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '0' : String(value);
}
