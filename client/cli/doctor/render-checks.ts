import type { Colors } from '../output/colors';
import type { CheckResult } from './check';

const marks = { ok: '✓', warning: '!', failed: '✗', skipped: '·' } as const;

/** One line a check, and what to do below those that need it. */
export function renderChecks(results: readonly CheckResult[], colors: Colors): string {
  const width = Math.max(...results.map(({ check }) => check.length));
  const color = { ok: colors.green, warning: colors.yellow, failed: colors.red, skipped: colors.dim };
  return results
    .map(({ check, state, reason, remedy }) => {
      const line = `${color[state](marks[state])} ${check.padEnd(width)}  ${reason}`;
      return remedy === undefined ? line : `${line}\n  ${' '.repeat(width)}  → ${remedy}`;
    })
    .join('\n');
}
