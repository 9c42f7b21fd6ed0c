import type { RemediationResult } from '../../../plan/outcome';
import { colorOfState, type Colors } from './colors';
import { renderLeft, renderProblems } from './status-view';
import { oneLine, renderTable } from './table';

/** How a remediation ended: the outcome and why, each step with what it did, and what is left to do. */
export function renderResult(result: RemediationResult, colors: Colors): string {
  const rows = result.steps.map((step) => [
    step.id,
    step.action,
    colorOfState(colors, step.status),
    oneLine(step.error?.message ?? step.evidence?.summary ?? step.effect?.summary ?? step.summary ?? ''),
  ]);
  return [
    `${colorOfState(colors, result.outcome)}${result.dryRun ? ' (dry run)' : ''}: ${result.reason}`,
    ...(rows.length > 0 ? ['', renderTable(['STEP', 'ACTION', 'STATUS', 'SUMMARY'].map(colors.dim), rows)] : []),
    ...(result.undone.length > 0 ? ['', `Undone, in this order: ${result.undone.join(', ')}`] : []),
    ...(result.left.length > 0 ? ['', renderLeft(result.left, colors)] : []),
    ...(result.problems.length > 0 ? ['', renderProblems(result.problems, colors)] : []),
  ].join('\n');
}
