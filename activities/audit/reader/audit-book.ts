import { AuditKind, type AuditRecord, AuditStatus } from './audit-record';
import { eventNumber, eventTime, type HistoryEvent } from './history-event';

/** They belong to the remediation, not to one of its runs: they stay open when it continues as new. */
const carriedOver: readonly AuditKind[] = [AuditKind.approval, AuditKind.keeping, AuditKind.guard];

/**
 * Collects the records of a remediation, run by run; things that begin in one event and end in another are kept open in
 * between.
 */
export class AuditBook {
  readonly records: AuditRecord[] = [];
  /** Guards that the run holds, by scope. */
  readonly held = new Map<string, number>();
  /** The policies have decided about the whole plan; what they decide later is about a step. */
  planDecided = false;
  private readonly open = new Map<string, AuditRecord>();
  private runId = '';

  startRun(runId: string): void {
    this.runId = runId;
  }

  /** Something that is over as soon as it is written. */
  note(event: HistoryEvent, kind: AuditKind, what: string, more: Partial<AuditRecord> = {}): AuditRecord {
    const record: AuditRecord = {
      at: eventTime(event),
      kind,
      status: AuditStatus.done,
      what,
      ...dropAbsent(more),
      runId: this.runId,
      event: eventNumber(event.eventId),
    };
    this.records.push(record);
    return record;
  }

  begin(key: string, event: HistoryEvent, kind: AuditKind, what: string, more: Partial<AuditRecord> = {}): AuditRecord {
    const record = this.note(event, kind, what, { status: AuditStatus.open, ...more });
    this.open.set(key, record);
    return record;
  }

  /** The record opened under this key, if any: a history that starts in the middle has ends without beginnings. */
  find(key: string): AuditRecord | undefined {
    return this.open.get(key);
  }

  /** The same record goes on under another key. */
  move(from: string, to: string): void {
    const record = this.open.get(from);
    if (record === undefined) return;
    this.open.delete(from);
    this.open.set(to, record);
  }

  /** The run has ended: a timer, or a question, is over with it; anything else has been left alone. */
  closeAll(how: 'ended' | 'continued'): void {
    const carried: [string, AuditRecord][] = [];
    for (const [key, record] of this.open) {
      this.open.delete(key);
      if (how === 'continued' && carriedOver.includes(record.kind)) {
        carried.push([record.kind === AuditKind.guard ? key : `reminded/${record.what}`, record]);
        continue;
      }
      const quiet = record.kind === AuditKind.timer || carriedOver.includes(record.kind);
      record.status = quiet ? AuditStatus.cancelled : AuditStatus.abandoned;
    }
    for (const [key, record] of carried) this.open.set(key, record);
  }

  end(key: string, event: HistoryEvent, status: AuditStatus, more: Partial<AuditRecord> = {}): void {
    const record = this.open.get(key);
    if (record === undefined) return;
    this.open.delete(key);
    const endedAt = eventTime(event);
    Object.assign(
      record,
      { status, endedAt, durationMs: Date.parse(endedAt) - Date.parse(record.at) },
      dropAbsent(more),
    );
  }
}

/** So that JSON output and comparisons have no keys without a value. */
export function dropAbsent<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}
