import type { RunContext, RunState } from '../plan/core/state';
import { statusOf } from '../plan/core/views';
import { Steering, type Hold, type PendingApproval, type StepView } from '../plan/steering';

/** Longer plans show only their beginning and what is going on: the Web UI is no place for 500 rows. */
const MAX_ROWS = 40;

/** Live progress for the Web UI and `temporal workflow describe` (current details); costs no event. */
export function progressMarkdown(run: RunContext, state: RunState): string {
  const status = statusOf(run, state);
  const rows = visible(status.steps).map(row);
  const hidden = status.steps.length - rows.length;
  return [
    `**${status.phase}**${status.outcome ? ` — ${status.outcome}` : ''}${status.reason ? `: ${plainText(status.reason)}` : ''}`,
    ...(status.hold ? [holdLine(status.hold)] : []),
    ...status.approvals.map(approvalLine),
    ...(status.keepUntil
      ? [`\nTemporary effects stay until ${status.keepUntil}; an abort takes them back at once.`]
      : []),
    ...(status.guards?.waiting ? [`\nWaiting for the guard ${plainText(status.guards.waiting.why)}`] : []),
    '',
    '| step | action | status | what | risk | undo |',
    '|---|---|---|---|---|---|',
    ...rows,
    ...(hidden > 0 ? ['', `… and ${hidden} more`] : []),
    ...status.left.map((left) => `- left behind by ${left.step}: ${plainText(left.summary)} (${plainText(left.why)})`),
  ].join('\n');
}

function visible(steps: StepView[]): StepView[] {
  if (steps.length <= MAX_ROWS) return steps;
  const active = steps.findIndex((step) => step.status !== 'succeeded' && step.status !== 'skipped');
  const from = Math.max(0, Math.min(active - 5, steps.length - MAX_ROWS));
  return steps.slice(from, from + MAX_ROWS);
}

function row(step: StepView): string {
  const what = [step.summary, step.detail].filter(Boolean).join(' — ');
  return `| ${step.id} | ${step.action} | ${step.status} | ${plainText(what)} | ${step.risk} | ${step.reversibility} |`;
}

function holdLine({ kind, by, since, reason, stop }: Hold): string {
  const back = kind === 'paused' ? Steering.resume : Steering.handBack;
  const what = `${kind.replace('_', ' ')} by ${plainText(by)} since ${since}${reason ? `: ${plainText(reason)}` : ''}`;
  if (kind === 'stopped') {
    return `\n${what}. No step starts until the kill switch \`${plainText(stop ?? '')}\` is released.\n`;
  }
  return `\n${what}. No step starts until the update \`${back}\` with {"by":"YOUR NAME"}.\n`;
}

function approvalLine(approval: PendingApproval): string {
  const step = 'step' in approval.subject ? `,"step":"${approval.subject.step}"` : '';
  if (approval.subject.kind === 'decision') {
    const payload = `{"by":"YOUR NAME"${step}}`;
    return `\n${plainText(approval.why)}, until ${approval.deadline}: update \`${Steering.retryStep}\` (also with "params"), update \`${Steering.skipStep}\` or signal \`${Steering.reject}\` with\n\n    ${payload}\n`;
  }
  const payload = `{"by":"YOUR NAME","digest":"${approval.digest}"${step}}`;
  const signed = approval.signedOnly ? ' Only signed decisions count.' : '';
  return `\nWaiting for approval until ${approval.deadline} (${plainText(approval.why)}).${signed} To approve, send the signal \`approve\` with\n\n    ${payload}\n`;
}

/** Texts come from clusters and people: they must not break out of the table, or become markup. */
export function plainText(text: string): string {
  return text
    .replace(/[\\`*_[\]<>|]/g, '\\$&')
    .replace(/\s+/g, ' ')
    .slice(0, 300);
}
