import { FindingState, type Finding } from '../../../activities/conformance/findings';
import type { Colors } from './colors';
import { renderTable } from './table';

/** All findings, one a line. */
export function renderFindings(findings: readonly Finding[], colors: Colors): string {
  return renderTable(
    ['ACTION', 'CHECK', 'RESULT', 'REASON'].map(colors.dim),
    findings.map(({ action, check, state, reason }) => [action, check, stateText(state, colors), reason]),
  );
}

/** The failed ones only; empty when there are none. */
export function renderFailures(findings: readonly Finding[], colors: Colors): string {
  const failed = findings.filter(({ state }) => state === FindingState.failed);
  return failed.length === 0 ? '' : renderFindings(failed, colors);
}

/** `✓ cordon_node  17 passed, 2 not applicable`: one line for the findings of one action. */
export function renderSummary(findings: readonly Finding[], colors: Colors): string {
  const count = (state: FindingState): number => findings.filter((each) => each.state === state).length;
  const failed = count(FindingState.failed);
  const parts = [
    `${count(FindingState.passed)} passed`,
    ...(failed > 0 ? [colors.red(`${failed} failed`)] : []),
    ...(count(FindingState.notApplicable) > 0 ? [`${count(FindingState.notApplicable)} not applicable`] : []),
  ];
  const mark = failed > 0 ? colors.red('✗') : colors.green('✓');
  return `${mark} ${(findings[0]?.action ?? '').padEnd(30)} ${parts.join(', ')}`;
}

export function failureCount(findings: readonly Finding[]): number {
  return findings.filter(({ state }) => state === FindingState.failed).length;
}

function stateText(state: FindingState, colors: Colors): string {
  if (state === FindingState.failed) return colors.red(state);
  return state === FindingState.passed ? colors.green(state) : colors.dim(state);
}
