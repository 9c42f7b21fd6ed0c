import { CompactSign } from 'jose';
import { canonicalJson } from './canonical-json';
import {
  type ChainContent,
  type ChainEnd,
  type ChainLine,
  hashOfLine,
  lineText,
  SEAL_TYPE,
  type SealPayload,
  type SigningKey,
} from './chain';

export interface SegmentOptions {
  /** Where the chain ends so far; `emptyChain` for a new one. */
  after: ChainEnd;
  key: SigningKey;
  /** What is exported, for people: address and namespace of Temporal. */
  source: string;
  createdAt: string;
  /** Takes one line, its line feed included; the next is written when it has answered. */
  write: (line: string) => Promise<void> | void;
}

/**
 * Writes one segment of an audit export: a header, records, and a signed seal. Holds one line in memory at a time, so an
 * export of any size is as small as its largest record. Where the lines go is the caller's: a file, a bucket, a request.
 */
export class SegmentWriter {
  private readonly first: number;
  private readonly prevOfFirst: string;
  private end: ChainEnd;

  private constructor(private readonly options: SegmentOptions) {
    const { after } = options;
    this.end = { ...after, segment: after.segment + 1 };
    this.first = after.seq + 1;
    this.prevOfFirst = after.head;
  }

  static async open(options: SegmentOptions): Promise<SegmentWriter> {
    const writer = new SegmentWriter(options);
    const { source, createdAt } = options;
    await writer.append({ type: 'segment', version: 1, segment: writer.end.segment, createdAt, source });
    return writer;
  }

  /** All records of a remediation that has ended, and a line that says it was all. */
  async addRun(workflowId: string, runId: string, records: readonly object[]): Promise<void> {
    for (const record of records) await this.append({ type: 'record', workflowId, record });
    await this.append({ type: 'run', workflowId, runId, records: records.length });
  }

  /** Signs what was written. Returns where the next segment goes on; its `head` is what a watchful keeper writes down elsewhere. */
  async seal(): Promise<ChainEnd> {
    const { segment, seq, head } = this.end;
    const payload: SealPayload = { segment, first: this.first, last: seq, prev: this.prevOfFirst, head };
    const { key, id } = this.options.key;
    const jws = await new CompactSign(new TextEncoder().encode(canonicalJson(payload)))
      .setProtectedHeader({ alg: 'EdDSA', kid: id, typ: SEAL_TYPE })
      .sign(key);
    await this.append({ type: 'seal', jws });
    return this.end;
  }

  private async append(content: ChainContent): Promise<void> {
    const { seq, head, segment } = this.end;
    const line: ChainLine = { ...content, seq: seq + 1, prev: head };
    const text = lineText(line);
    await this.options.write(`${text}\n`);
    this.end = { seq: seq + 1, head: hashOfLine(text), segment };
  }
}
