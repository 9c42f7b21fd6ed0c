import type { AuditRecord } from '../../../activities/audit/reader/audit-record';
import { investigationText } from '../../report/texts';
import { duration } from './age';
import { colorOfState, type Colors } from './colors';
import { oneLine, renderTable } from './table';

/** The audit as a table, one line per thing that happened, in the order in which they began. */
export function renderAudit(records: readonly AuditRecord[], colors: Colors): string {
  return renderTable(
    ['TIME', 'WHAT', 'STEP', 'STATUS', 'TOOK', 'TRIES', 'BY', 'DETAIL'].map(colors.dim),
    records.map((record) => [
      record.at,
      record.what,
      [record.step, record.part].filter(Boolean).join(' ') +
        (record.attempt === undefined ? '' : ` @${record.attempt}`),
      colorOfState(colors, record.status),
      record.durationMs === undefined ? '' : duration(record.durationMs),
      record.attempts === undefined ? '' : String(record.attempts),
      record.by ?? record.identity ?? '',
      detailOf(record),
    ]),
  );
}

function detailOf(record: AuditRecord): string {
  const { summary, result, digest, reason, failure, lastFailure, guard, policy, irreversible, left, signature } =
    record;
  const { investigation } = record;
  const parts = [
    summary,
    result === summary ? undefined : result,
    digest === undefined ? undefined : `digest ${digest.slice(0, 19)}`,
    reason,
    investigation && `investigation ${investigationText(investigation)}`,
    signature && (signature.valid ? `signed with ${signature.key ?? 'a key'}` : 'signature not valid'),
    guard?.behind && `behind ${guard.behind.join(', ')}`,
    policy && `version ${policy.version.slice(0, 19)}`,
    irreversible && `cannot be undone: ${irreversible.join('; ')}`,
    left && `still there: ${left.map((each) => `${each.step}: ${each.summary} (${each.why})`).join('; ')}`,
    failure === undefined || failure.code === record.what
      ? undefined
      : `${failure.code ?? 'failed'}: ${failure.message}`,
    lastFailure === undefined ? undefined : `before: ${lastFailure.code ?? 'failed'}: ${lastFailure.message}`,
  ];
  return oneLine(parts.filter(Boolean).join(' — '));
}
