import type { Client } from '@temporalio/client';
import { AuditQuery, auditWorkflowId, type ExportStatus } from '../../plan/audit/export';

/** What is exported by now has stood longer than any segment takes: something is wrong, and said so. Milliseconds. */
const LATE_MS = 120_000;

/**
 * Asks the exporter of a sink how it stands; a worker answers, from the state of the workflow.
 *
 * @throws {Error} of the client, when there is no exporter, or no answer in time
 */
export function exportStatus(client: Client, sink: string, timeoutMs: number): Promise<ExportStatus> {
  return client.withDeadline(Date.now() + timeoutMs, () =>
    client.workflow.getHandle(auditWorkflowId(sink)).query<ExportStatus>(AuditQuery.status),
  );
}

/**
 * One line for health.
 *
 * @throws {Error} with the reason, when remediations wait too long or were lost
 */
export function judgeExport({ waiting, oldest, exported, gone, failure }: ExportStatus, now: number): string {
  const lateMs = oldest === undefined ? 0 : now - Date.parse(oldest);
  const lost = gone > 0 ? `; ${gone} were past retention before they could be exported` : '';
  const stands = `${exported} remediations exported, ${waiting} wait${lost}`;
  if (failure !== undefined) throw new Error(`${stands}; it does not go on: ${failure}`);
  if (lateMs > LATE_MS) throw new Error(`${stands}, the oldest for ${Math.round(lateMs / 1000)} s`);
  return stands;
}
