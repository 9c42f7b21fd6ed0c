import { Lexer } from 'yaml';

/** Far above what plans need, far below the some 700 levels at which the YAML parser exhausts the stack, or the process. */
const MAX_DEPTH = 200;

/**
 * Whether the text nests deeper than the YAML parser can bear. The parser recurses, and with hostile text does not only
 * throw: it can take the process down. Its lexer does not recurse, so the depth is measured on the tokens first.
 *
 * Each flow collection has a bracket. Each block collection starts at least one column further in than the one around it,
 * or behind another indicator (`-`, `?`, `:`) in its line.
 */
export function isTooDeep(text: string): boolean {
  let flow = 0;
  let block = 0;
  let lineStart = true;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') flow++;
    else if (token === ']' || token === '}') flow = Math.max(0, flow - 1);
    else if (flow === 0) {
      const newLine = /^[\r\n]/.test(token);
      if (newLine) block = 0;
      else if (lineStart && /^[ \t]+$/.test(token)) block += token.length;
      else if (token === '-' || token === '?' || token === ':') block++;
      lineStart = newLine;
    }
    if (flow + block > MAX_DEPTH) return true;
  }
  return false;
}
