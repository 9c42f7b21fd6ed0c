import { AuditKind, type AuditRecord, AuditStatus } from '../../activities/audit/reader/audit-record';
import { reportStepsOf, type ReportStep } from './report-steps';

/** Something in time: a phase of a step, or a wait of the whole run. Times in ms since the epoch. */
export interface Span {
  kind: 'validate' | 'execute' | 'verify' | 'rollback' | 'approval' | 'guard' | 'keeping' | 'hold' | 'wait';
  label: string;
  from: number;
  to: number;
  status: string;
}

/** All that the page shows, as plain data made of audit records alone. */
export interface Report {
  id: string;
  link: string | undefined;
  plan: string;
  outcome: string;
  isOver: boolean;
  reason: string | undefined;
  requester: string | undefined;
  why: string | undefined;
  incident: string | undefined;
  investigation: AuditRecord['investigation'];
  cluster: string | undefined;
  digest: string | undefined;
  planHash: string | undefined;
  from: number;
  to: number;
  steps: ReportStep[];
  /** Waits of the whole run: approvals, guards, holds, temporary effects. */
  waits: Span[];
  /** Who decided what, in order: questions, answers, refusals, cancels. */
  decisions: AuditRecord[];
  policies: AuditRecord[];
  guards: AuditRecord[];
  left: NonNullable<AuditRecord['left']>;
  undone: string[];
  /** What never happens in a normal run: resets, failing workflow code, missing beginnings. */
  oddities: AuditRecord[];
}

export interface ReportOptions {
  id: string;
  /** Address of the run in the Web UI. */
  link?: string | undefined;
  /** Of a run that has not ended: until when it is shown, ms. */
  now: number;
}

const decisionKinds: readonly AuditKind[] = [AuditKind.steering, AuditKind.approval, AuditKind.cancelRequested];
const oddKinds: readonly AuditKind[] = [AuditKind.engine, AuditKind.gap];

export function reportOf(records: readonly AuditRecord[], { id, link, now }: ReportOptions): Report {
  const started = records.find(({ kind }) => kind === AuditKind.started);
  const ended = records.findLast(({ kind }) => kind === AuditKind.ended);
  const of = (kinds: readonly AuditKind[]) => records.filter(({ kind }) => kinds.includes(kind));
  const to = ended === undefined ? now : Date.parse(ended.at);
  return {
    id,
    link,
    plan: started?.what.replace(/^plan /, '') ?? id,
    outcome: ended?.what ?? 'running',
    isOver: ended !== undefined,
    reason: ended?.result ?? ended?.failure?.message,
    requester: started?.by ?? started?.identity,
    why: started?.reason,
    incident: started?.summary,
    investigation: started?.investigation,
    cluster: started?.cluster ?? records.find(({ cluster }) => cluster !== undefined)?.cluster,
    digest: ended?.digest,
    planHash: started?.planHash,
    from: Date.parse(records[0]?.at ?? new Date(now).toISOString()),
    to,
    steps: reportStepsOf(records, to),
    waits: waitsOf(records, to),
    decisions: of(decisionKinds),
    policies: of([AuditKind.policy]),
    guards: of([AuditKind.guard]).filter(({ what }) => what !== 'guard requested'),
    left: ended?.left ?? [],
    undone: ended?.undone ?? [],
    oddities: of(oddKinds),
  };
}

function waitsOf(records: readonly AuditRecord[], end: number): Span[] {
  const spans: Span[] = [];
  let hold: AuditRecord | undefined;
  for (const record of records) {
    const span = spanOfWait(record, end);
    if (span !== undefined) spans.push(span);
    if (record.kind !== AuditKind.steering || record.status === AuditStatus.refused) continue;
    if (hold === undefined && (record.what === 'pause' || record.what === 'takeOver')) hold = record;
    else if (hold !== undefined && (record.what === 'resume' || record.what === 'handBack')) {
      spans.push(spanOfHold(hold, Date.parse(record.at)));
      hold = undefined;
    }
  }
  if (hold !== undefined) spans.push(spanOfHold(hold, end));
  return spans;
}

function spanOfWait(record: AuditRecord, end: number): Span | undefined {
  const from = Date.parse(record.at);
  const to = record.endedAt === undefined ? end : Date.parse(record.endedAt);
  const { status } = record;
  if (record.kind === AuditKind.approval) return { kind: 'approval', label: record.what, from, to, status };
  if (record.kind === AuditKind.keeping) return { kind: 'keeping', label: record.what, from, to, status };
  if (record.what === 'guard wait') {
    return { kind: 'guard', label: `guard ${record.guard?.scope ?? ''}`, from, to, status };
  }
  // The time of the whole plan runs along with everything and says nothing here.
  if (record.kind === AuditKind.timer && record.summary?.startsWith('waited until')) {
    return { kind: 'wait', label: record.summary, from, to, status };
  }
  return undefined;
}

function spanOfHold({ at, what, by }: AuditRecord, to: number): Span {
  const label = `${what === 'pause' ? 'paused' : 'taken over'} by ${by ?? 'somebody'}`;
  return { kind: 'hold', label, from: Date.parse(at), to, status: 'done' };
}
