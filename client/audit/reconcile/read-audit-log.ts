import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { ClientError, ClientErrorKind } from '../../errors';
import { linesOf } from '../export/segment-files';
import { type ApiCall, apiCallOf } from './api-call';

export interface AuditLogRead {
  calls: ApiCall[];
  /** Milliseconds: the period that the log covers, by its first and its last line. Absent: the log is empty. */
  period?: { from: number; until: number };
}

/**
 * Reads the API server's audit log, the files that it was rotated into included (`audit-<time>.log` next to `audit.log`). Lines in
 * which none of `needles` occurs are not parsed: a log is large, and most of it is others'.
 */
export async function readAuditLog(path: string, needles: readonly string[]): Promise<AuditLogRead> {
  const calls: ApiCall[] = [];
  let [first, last] = ['', ''];
  for (const file of rotated(path)) {
    let held: string | undefined;
    for await (const line of linesOf(file)) {
      // The last one, without its line feed, is still being written.
      const complete = held;
      held = line;
      if (complete === undefined || complete === '') continue;
      first ||= complete;
      last = complete;
      if (!needles.some((needle) => complete.includes(needle))) continue;
      const call = parsed(complete, file);
      if (call !== undefined) calls.push(call);
    }
  }
  if (first === '') return { calls };
  return { calls, period: { from: timeOf(first, path), until: timeOf(last, path) } };
}

/** Oldest first. */
function rotated(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new ClientError(ClientErrorKind.notFound, `There is no audit log at ${path}.`, {
      remedy: 'Name the file that the API server’s --audit-log-path names.',
    });
  }
  const [folder, extension] = [dirname(path), extname(path)];
  const stem = basename(path, extension);
  const older = readdirSync(folder).filter(
    (name) => name.startsWith(`${stem}-`) && name.endsWith(extension) && /-\d{4}-\d\d-\d\dT/.test(name),
  );
  return [...older.sort().map((name) => join(folder, name)), path];
}

function parsed(line: string, file: string): ApiCall | undefined {
  try {
    return apiCallOf(line);
  } catch {
    throw new ClientError(ClientErrorKind.invalid, `${file} holds a line that is no event of audit.k8s.io/v1.`, {
      remedy: 'Give the JSON log (--audit-log-format=json) as the API server wrote it.',
    });
  }
}

function timeOf(line: string, file: string): number {
  const [, text] = /"requestReceivedTimestamp":"([^"]+)"/.exec(line) ?? [];
  const time = Date.parse(text ?? '');
  if (!Number.isNaN(time)) return time;
  throw new ClientError(ClientErrorKind.invalid, `${file} is no audit log in JSON.`, {
    remedy: 'Give the JSON log (--audit-log-format=json) as the API server wrote it.',
  });
}
