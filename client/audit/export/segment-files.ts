import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ClientError, ClientErrorKind } from '../../errors';
import type { SegmentLines } from '../../../activities/audit/verify-chain';

const segmentName = /^segment-(\d{6,})\.ndjson$/;

/** The segments of an export: of a folder all, in the order of their numbers; of a file the one it is. */
export function segmentsAt(path: string): SegmentLines[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new ClientError(ClientErrorKind.notFound, `There is no export at ${path}.`);
  if (!found.isDirectory()) return [{ file: path, lines: linesOf(path) }];
  return readdirSync(path)
    .filter((name) => segmentName.test(name))
    .sort((a, b) => Number(segmentName.exec(a)![1]) - Number(segmentName.exec(b)![1]))
    .map((name) => ({ file: join(path, name), lines: linesOf(join(path, name)) }));
}

/**
 * Lines without their line feed, and an empty one behind the last line feed. Not `readline`: that also ends lines at a
 * carriage return, and hides whether the last line is whole.
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  yield rest;
}
