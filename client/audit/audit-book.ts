import { AuditKind, type AuditRecord, AuditStatus } from './audit-record';
import { eventNumber, eventTime, type HistoryEvent } from './history-event';

/** Collects the records of one run; things that begin in one event and end in another are kept open in between. */
export class AuditBook {
  readonly records: AuditRecord[] = [];
  private readonly open = new Map<string, AuditRecord>();

  constructor(readonly runId: string) {}

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

  /** The run has ended: a timer is cancelled by that; anything else has been left alone. */
  closeAll(): void {
    for (const record of this.open.values()) {
      record.status = record.kind === AuditKind.timer ? AuditStatus.cancelled : AuditStatus.abandoned;
    }
    this.open.clear();
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
function dropAbsent<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
}
