import type { LeftBehind, Problem } from '../../../plan/outcome';
import type {
  ApprovalSubject,
  Grant,
  Hold,
  PendingApproval,
  PolicyView,
  RemediationStatus,
  StepView,
} from '../../../plan/steering';
import { targetName } from '../../search-attributes';
import { relativeTime } from './age';
import { colorOfState, type Colors } from './colors';
import { oneLine, renderFields, renderTable } from './table';

export interface StatusViewOptions {
  id: string;
  colors: Colors;
  /** Milliseconds since the epoch. */
  now: number;
  link?: string;
}

/** A remediation on one screen: where it stands, what each step does, who is waited for, what went wrong. */
export function renderStatus(status: RemediationStatus, options: StatusViewOptions): string {
  const { colors } = options;
  const head = renderFields([
    ['id', colors.bold(options.id)],
    ['phase', colorOfState(colors, status.phase)],
    ['outcome', status.outcome === undefined ? undefined : colorOfState(colors, status.outcome)],
    ['reason', status.reason],
    ['digest', status.digest],
    ['policy', status.policy && policyLine(status.policy)],
    ['web ui', options.link],
  ]);
  const steps = renderTable(
    ['STEP', 'ACTION', 'TARGET', 'STATUS', 'SUMMARY'].map(colors.dim),
    status.steps.map((step) => stepRow(step, colors)),
  );
  return [
    head,
    ...(status.steps.length > 0 ? ['', steps] : []),
    ...(status.hold ? [`\n${renderHold(status.hold, options)}`] : []),
    ...(status.guards?.waiting ? [`\n${renderWait(status.guards.waiting, colors)}`] : []),
    ...status.approvals.map((approval) => `\n${renderApproval(approval, options)}`),
    ...(status.granted ?? []).map((granted) => `\n${renderGrant(granted, options)}`),
    ...(status.left.length > 0 ? ['', renderLeft(status.left, colors)] : []),
    ...(status.problems.length > 0 ? ['', renderProblems(status.problems, colors)] : []),
  ].join('\n');
}

export function subjectName(subject: ApprovalSubject): string {
  if (subject.kind === 'step') return `step ${subject.step}`;
  if (subject.kind === 'decision') return `what becomes of step ${subject.step}`;
  return subject.kind === 'plan' ? 'the plan' : 'undoing what was done';
}

function renderWait({ scope, why }: { scope: string; why: string }, colors: Colors): string {
  return `${colors.yellow(`Waits for the guard ${why}.`)}\n  kubernaut guard show ${scope}`;
}

const heldHow = { paused: 'Paused', taken_over: 'Taken over', stopped: 'Stopped' } as const;

function renderHold({ kind, by, since, reason }: Hold, { id, colors, now }: StatusViewOptions): string {
  const what = `${heldHow[kind]} by ${by} ${relativeTime(since, now)}${reason ? `: ${reason}` : ''}.`;
  if (kind === 'stopped') {
    return `${colors.yellow(what)}\n  The kill switch is engaged; the plan goes on once it is released (kubernaut stop status).`;
  }
  return `${colors.yellow(what)}\n  kubernaut ${kind === 'paused' ? 'resume' : 'hand-back'} ${id}`;
}

export function renderApproval(approval: PendingApproval, { id, colors, now }: StatusViewOptions): string {
  if (approval.subject.kind === 'decision') {
    const { step } = approval.subject;
    return [
      colors.yellow(`Waits for a decision: ${approval.why}.`),
      `  deadline  ${approval.deadline} (${relativeTime(approval.deadline, now)}; no decision until then ends the plan)`,
      `  kubernaut retry ${id} ${step} [--params '{…}']`,
      `  kubernaut skip ${id} ${step}`,
      `  kubernaut reject ${id} --step ${step}`,
    ].join('\n');
  }
  const step = approval.subject.kind === 'step' ? ` --step ${approval.subject.step}` : '';
  return [
    colors.yellow(`Waits for approval of ${subjectName(approval.subject)}: ${approval.why}.`),
    `  digest    ${approval.digest}`,
    ...approvalTerms(approval),
    `  deadline  ${approval.deadline} (${relativeTime(approval.deadline, now)}; no decision until then means no)`,
    `  kubernaut approve ${id}${step} --digest ${shortDigest(approval.digest)}`,
    `  kubernaut reject ${id}${step}`,
  ].join('\n');
}

/** Approved, and nothing has begun on it. */
function renderGrant({ subject, by, at, until }: Grant, { id, now }: StatusViewOptions): string {
  const step = subject.kind === 'step' ? ` --step ${subject.step}` : '';
  return [
    `Approved: ${subjectName(subject)}, by ${by.map(oneLine).join(', ')} ${relativeTime(at, now)}.`,
    ...(until === undefined ? [] : [`  begins by ${until} (${relativeTime(until, now)}), or is asked for again`]),
    `  kubernaut revoke ${id}${step}`,
  ].join('\n');
}

function approvalTerms({ quorum, groups, signedOnly, runWithin, stages, ...more }: PendingApproval): string[] {
  const { approvers, excluded, escalated = 0 } = more;
  const next = stages?.[escalated];
  const by = approvers?.length ? `, so far ${approvers.map(oneLine).join(', ')}` : '';
  return [
    ...(quorum === undefined ? [] : [`  quorum    ${quorum} different persons${by}`]),
    ...(groups === undefined ? [] : [`  groups    ${groups.join(', ')}`]),
    ...(signedOnly ? ['  signed    only signed decisions count (--sign-key)'] : []),
    ...(runWithin === undefined
      ? []
      : [`  good for  ${runWithin}, then it is asked for again unless something has begun`]),
    ...(next === undefined ? [] : [`  next      ${next.at}: ${next.groups?.join(', ') ?? next.notify} asked as well`]),
    ...(excluded === undefined ? [] : [`  not by    ${oneLine(excluded)}, who asked for it`]),
  ];
}

/** `approval in mode auto, by default/destructive-in-production (sha256:1a2b3c4d5e6f)`. */
export function policyLine({ verdict, mode, version, rules }: PolicyView): string {
  const by = [...new Set(rules.filter((rule) => rule.verdict === verdict).map(({ rule }) => rule))];
  return `${verdict} in mode ${mode}${by.length > 0 ? `, by ${by.join(', ')}` : ''} (${version.slice(0, 19)})`;
}

/** The prefix that `approve` takes: the first 12 hex digits. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

export function renderLeft(left: readonly LeftBehind[], colors: Colors): string {
  const lines = left.map(({ step, target, summary, why }) => {
    const where = target === undefined ? '' : ` (${targetName(target)})`;
    return `  ${step}${where}: ${oneLine(summary)}, because ${oneLine(why)}`;
  });
  return [colors.red('Left behind:'), ...lines].join('\n');
}

export function renderProblems(problems: readonly Problem[], colors: Colors): string {
  return [colors.red('Problems:'), ...problems.map((problem) => `  ${problemLine(problem)}`)].join('\n');
}

export function problemLine({ code, message, remedy }: Problem): string {
  return `${code}: ${oneLine(message)}${remedy === undefined ? '' : ` → ${remedy}`}`;
}

function stepRow(step: StepView, colors: Colors): (string | undefined)[] {
  const target = step.target === undefined ? '—' : targetName(step.target);
  const summary = [step.summary, step.detail].filter(Boolean).join(' — ');
  return [step.id, step.action, target, colorOfState(colors, step.status), summary];
}
