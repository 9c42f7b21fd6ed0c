import { AuditKind, type AuditRecord, type AuditStep, AuditStatus } from '../../activities/audit/reader/audit-record';
import type { FieldChange } from '../../plan/step-io';
import type { Span } from './report-model';

/** A step over its whole life, of every record that is about it. */
export interface ReportStep {
  id: string;
  action: string;
  target: string | undefined;
  uid: string | undefined;
  status: string;
  risk: string | undefined;
  reversibility: string | undefined;
  /** What it was to do: `shop/web replicas 3 → 5`. */
  summary: string | undefined;
  /** Of the last preview, or of the last execute that was done. */
  diff: FieldChange[];
  warnings: string[];
  effect: string | undefined;
  irreversible: string[];
  evidence: { what: string; holds: boolean; text: string }[];
  undo: string | undefined;
  /** Failures, those that a later attempt made up for included. */
  failures: { what: string; text: string; attempts: number }[];
  spans: Span[];
}

/** In the order of the plan; instances of a loop behind it, in the order in which they began. */
export function reportStepsOf(records: readonly AuditRecord[], end: number): ReportStep[] {
  const known = new Map<string, AuditStep>();
  for (const step of records.find(({ kind }) => kind === AuditKind.check)?.steps ?? []) known.set(step.id, step);
  const byStep = new Map<string, AuditRecord[]>([...known.keys()].map((id) => [id, []]));
  for (const record of records) {
    if (record.kind !== AuditKind.activity || record.step === undefined) continue;
    const own = byStep.get(record.step);
    if (own === undefined) byStep.set(record.step, [record]);
    else own.push(record);
  }
  const results = new Map<string, AuditStep>();
  for (const step of records.findLast(({ kind }) => kind === AuditKind.ended)?.steps ?? []) {
    results.set(step.id, step);
    if (!byStep.has(step.id)) byStep.set(step.id, []);
  }
  return [...byStep].map(([id, own]) => stepOf(id, own, known.get(id) ?? parentOf(known, id), results.get(id), end));
}

/** `restart/2` is an instance of the loop `restart`. */
function parentOf(known: ReadonlyMap<string, AuditStep>, id: string): AuditStep | undefined {
  return known.get(id.replace(/\/\d+$/, ''));
}

function stepOf(
  id: string,
  records: readonly AuditRecord[],
  asked: AuditStep | undefined,
  result: AuditStep | undefined,
  end: number,
): ReportStep {
  const own = records.filter(({ part }) => part === undefined);
  const last = (phase: string, with_: (record: AuditRecord) => boolean = () => true) =>
    own.findLast((record) => record.phase === phase && with_(record));
  const isDone = ({ status }: AuditRecord) => status === AuditStatus.done;
  const validated = last('validate', ({ diff }) => diff !== undefined);
  const executed = last('execute', isDone);
  const undone = records.findLast((record) => isUndo(record) && isDone(record));
  return {
    id,
    action: result?.action ?? asked?.action ?? own[0]?.what.replace(/\.[^.]*$/, '') ?? '',
    target: validated?.target ?? own.find(({ target }) => target !== undefined)?.target ?? asked?.target,
    uid: validated?.uid,
    status: result?.status ?? statusOf(records),
    risk: asked?.risk,
    reversibility: asked?.reversibility,
    summary: validated?.result ?? result?.summary,
    diff: validated?.diff ?? [],
    warnings: validated?.warnings ?? [],
    effect: executed?.result,
    irreversible: executed?.irreversible ?? undone?.irreversible ?? [],
    evidence: records.filter(({ phase, result: text }) => phase === 'verify' && text !== undefined).map(evidenceOf),
    undo: undone?.result,
    failures: records.flatMap(failuresOf),
    spans: records.map((record) => spanOf(record, end)),
  };
}

function statusOf(records: readonly AuditRecord[]): string {
  const last = records.at(-1);
  if (last === undefined) return 'pending';
  return last.status === AuditStatus.open
    ? `in ${last.phase ?? 'progress'}`
    : `${last.phase ?? ''} ${last.status}`.trim();
}

function isUndo({ phase, part }: AuditRecord): boolean {
  return phase === 'rollback' || (part === 'compensation' && phase === 'execute');
}

function evidenceOf({ part, status, result = '' }: AuditRecord): ReportStep['evidence'][number] {
  return { what: part ?? 'verified', holds: status === AuditStatus.done, text: result };
}

function failuresOf({ what, attempts = 1, failure, lastFailure }: AuditRecord): ReportStep['failures'] {
  const found = failure ?? lastFailure;
  if (found === undefined) return [];
  const text = [found.code, found.message].filter(Boolean).join(': ');
  return [{ what, attempts, text: failure === undefined ? `${text} (a later attempt succeeded)` : text }];
}

function spanOf(record: AuditRecord, end: number): Span {
  const kind = isUndo(record) ? 'rollback' : (kinds[record.phase ?? ''] ?? 'execute');
  return {
    kind,
    label: record.what,
    from: Date.parse(record.at),
    to: record.endedAt === undefined ? end : Date.parse(record.endedAt),
    status: record.status,
  };
}

const kinds: Readonly<Record<string, Span['kind']>> = {
  validate: 'validate',
  execute: 'execute',
  verify: 'verify',
  rollback: 'rollback',
};
