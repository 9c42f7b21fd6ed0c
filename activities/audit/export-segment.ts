import type { ChainEnd, ExportResult } from '../../plan/audit/export';
import { KubernautError } from '../../plan/errors';
import { emptyChain, type SigningKey, type VerifyingKey } from './chain';
import { SegmentWriter } from './segment-writer';
import { type SegmentStore, segmentFileName } from './stores/segment-store';
import { verifyChain } from './verify-chain';

/** A segment is held in memory until the store has it: what does not fit goes into the next one. */
const MAX_SEGMENT_CHARS = 4_000_000;

export interface ExportSegmentOptions {
  store: SegmentStore;
  key: SigningKey;
  formerKeys: readonly VerifyingKey[];
  source: string;
  createdAt: string;
  after?: ChainEnd | undefined;
  runs: readonly { workflowId: string; runId: string }[];
  /** Records of a run that has ended; or why there are none. */
  read(run: { workflowId: string; runId: string }): Promise<readonly object[] | 'gone' | 'open'>;
}

/**
 * Writes the audits of runs as one segment behind `after`. Safe to do again when nobody knows whether it was done: a segment of
 * that number which is there already is taken for what it is, if our key sealed it and it continues the chain, and the runs in it count
 * as done. So it also finds the end of a chain whose exporter was lost.
 *
 * @throws KubernautError `CONFLICT` when what is there is not ours
 */
export async function exportSegment(options: ExportSegmentOptions): Promise<ExportResult> {
  const { store, key, source, createdAt, after = emptyChain, runs, read } = options;
  const result: ExportResult = { done: [], gone: [], open: [] };
  const lines: string[] = [];
  let length = 0;
  const write = (line: string): void => {
    lines.push(line);
    length += line.length;
  };
  const writer = await SegmentWriter.open({ after, key, source, createdAt, write });
  for (const run of runs) {
    if (length > MAX_SEGMENT_CHARS) break;
    const records = await read(run);
    if (records === 'gone' || records === 'open') {
      result[records].push(run.runId);
      continue;
    }
    await writer.addRun(run.workflowId, run.runId, records);
    result.done.push(run.runId);
  }
  if (result.done.length === 0) return result;
  const chain = await writer.seal();
  const name = segmentFileName(chain.segment);
  if ((await store.put(name, lines.join(''))) === 'kept') return { ...result, chain };
  return adopted(name, after, options);
}

async function adopted(name: string, after: ChainEnd, options: ExportSegmentOptions): Promise<ExportResult> {
  const { store, key, formerKeys } = options;
  const body = (await store.get(name)) ?? '';
  const done: string[] = [];
  const { faults, seq, head, segment } = await verifyChain([{ file: name, lines: body.split('\n') }], {
    ...{ keys: [key, ...formerKeys], after },
    onRun: (_, runId) => void done.push(runId),
  });
  const fault = faults[0];
  if (fault === undefined) return { chain: { seq, head, segment }, done, gone: [], open: [] };
  throw new KubernautError(
    'CONFLICT',
    `${store.place} holds another ${name} than this chain’s: line ${fault.line}: ${fault.message}`,
    { remedy: 'Give the sink a place of its own, or name the key that sealed it in audit.formerKeys.' },
  );
}
