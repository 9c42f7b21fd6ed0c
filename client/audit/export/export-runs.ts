import { mkdirSync, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { ClientError, ClientErrorKind } from '../../errors';
import { listQuery } from '../../visibility';
import { readAudit } from '../../../activities/audit/reader/read-audit';
import { type ChainEnd, emptyChain, type SigningKey } from '../../../activities/audit/chain';
import { segmentFileName } from '../../../activities/audit/stores/segment-store';
import { segmentsAt } from './segment-files';
import { SegmentWriter } from '../../../activities/audit/segment-writer';
import { verifyChain } from '../../../activities/audit/verify-chain';

export interface ExportOptions {
  /** A folder (made when missing), where each export is one segment more of one chain; or a new file `….ndjson`. */
  to: string;
  key: SigningKey;
  source: string;
  now: Date;
  /** Only remediations that ended at this time or later. Default: all that the namespace still has. */
  since?: Date | undefined;
  onRun?: ((workflowId: string, runs: number) => void) | undefined;
}

export interface Exported extends ChainEnd {
  /** Absent when there was nothing new: then nothing was written. */
  file?: string;
  runs: number;
  records: number;
  /** Ended before, and in an earlier segment already. */
  known: number;
  /** Their history vanished while they were about to be read: past retention. */
  gone: string[];
}

/**
 * Exports the audit of every remediation that has ended, each once. The file has its name only when it is complete and
 * sealed; an export that broke off leaves a `.partial`, and the next one says so.
 *
 * @throws ClientError `conflict` when the chain there is damaged, or another export is under way
 */
export async function exportRuns(client: Client, options: ExportOptions): Promise<Exported> {
  const known = new Set<string>();
  const { file, after } = await placeOf(options, known);
  const ended = await endedRuns(client, options.since);
  const wanted = ended.filter(({ runId }) => !known.has(runId));
  const counts = { runs: 0, records: 0, known: ended.length - wanted.length, gone: [] as string[] };
  if (wanted.length === 0) return { ...after, ...counts };
  const partial = `${file}.partial`;
  const handle = await open(partial, 'wx').catch((error: unknown) => {
    throw new ClientError(ClientErrorKind.conflict, `${partial} cannot be made: ${(error as Error).message}`, {
      remedy: 'Another export is under way, or one broke off: then remove that file.',
    });
  });
  try {
    const { key, source, now } = options;
    const write = async (line: string) => void (await handle.write(line));
    const writer = await SegmentWriter.open({ after, key, source, createdAt: now.toISOString(), write });
    for (const { workflowId, runId } of wanted) {
      const records = await auditUnlessGone(client, workflowId, runId);
      if (records === undefined) {
        counts.gone.push(workflowId);
        continue;
      }
      await writer.addRun(workflowId, runId, records);
      counts.runs++;
      counts.records += records.length;
      options.onRun?.(workflowId, counts.runs);
    }
    const end = await writer.seal();
    await handle.sync();
    await handle.close();
    await rename(partial, file);
    return { ...end, ...counts, file };
  } catch (error) {
    await handle.close();
    await rm(partial, { force: true });
    throw error;
  }
}

/** Where the segment goes and what it follows. A chain is only gone on with when it is whole. */
async function placeOf({ to, key }: ExportOptions, known: Set<string>): Promise<{ file: string; after: ChainEnd }> {
  if (to.endsWith('.ndjson')) {
    if (!existsSync(to)) return { file: to, after: emptyChain };
    throw new ClientError(ClientErrorKind.conflict, `${to} exists already.`, {
      remedy: 'Name a new file, or a folder: there, each export continues the chain.',
    });
  }
  mkdirSync(to, { recursive: true });
  const report = await verifyChain(segmentsAt(to), { keys: [key], onRun: (_, runId) => void known.add(runId) });
  const fault = report.faults[0];
  if (fault === undefined) return { file: join(to, segmentFileName(report.segment + 1)), after: report };
  throw new ClientError(
    ClientErrorKind.conflict,
    `The export in ${to} is damaged, or was made with another key: ${fault.file} line ${fault.line}: ${fault.message}.`,
    { remedy: 'Keep it as it is, and begin a new folder.' },
  );
}

/** Oldest first, so that a later export goes on where this one ends. Ids only: they fit into memory by the hundred thousand. */
async function endedRuns(client: Client, since: Date | undefined): Promise<{ workflowId: string; runId: string }[]> {
  const query = `${listQuery()} AND ExecutionStatus != 'Running'${since ? ` AND CloseTime >= '${since.toISOString()}'` : ''}`;
  const found: { workflowId: string; runId: string; at: number }[] = [];
  for await (const { workflowId, runId, status, closeTime } of client.workflow.list({ query, pageSize: 500 })) {
    // The last run of a remediation stands for all of them.
    if (status.name === 'CONTINUED_AS_NEW') continue;
    found.push({ workflowId, runId, at: closeTime?.getTime() ?? 0 });
  }
  return found.sort((a, b) => a.at - b.at);
}

async function auditUnlessGone(client: Client, workflowId: string, runId: string) {
  try {
    return await readAudit(client, workflowId, runId);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
