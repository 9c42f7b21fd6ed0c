import { compactVerify, decodeProtectedHeader } from 'jose';
import { canonicalJson } from './canonical-json';
import {
  type ChainEnd,
  type ChainLine,
  emptyChain,
  GENESIS,
  hashOfLine,
  lineText,
  SEAL_TYPE,
  type SealPayload,
  type VerifyingKey,
} from './chain';

export interface ChainFault {
  /** From 1, in the file it stands in. */
  file: string;
  line: number;
  message: string;
}

export interface ChainReport extends ChainEnd {
  faults: ChainFault[];
  records: number;
  runs: number;
}

/** One segment, as its lines come: without their line feeds; the last is empty when the file ends with one. */
export interface SegmentLines {
  file: string;
  lines: AsyncIterable<string> | Iterable<string>;
}

export interface VerifyOptions {
  /** Any of these may have made a seal: a key that was replaced still vouches for what it sealed. */
  keys: readonly VerifyingKey[];
  /** Where the chain ended when somebody looked last: its hash must be on the way, so that nothing was cut off behind it. */
  expectedHead?: string | undefined;
  /** Of what comes before these segments. Default: nothing, they are the whole chain. */
  after?: ChainEnd;
  /** Told of every run that the chain holds completely. */
  onRun?: (workflowId: string, runId: string) => void;
}

const MAX_FAULTS = 50;

/**
 * Checks segments in order: each line's number and hash, each seal's signature and what it covers, each run's count of
 * records. Goes on after a fault, so that all are named, up to fifty.
 */
export async function verifyChain(
  segments: AsyncIterable<SegmentLines> | Iterable<SegmentLines>,
  options: VerifyOptions,
): Promise<ChainReport> {
  const checker = new ChainChecker(options);
  for await (const segment of segments) await checker.segment(segment);
  return checker.report();
}

class ChainChecker {
  private readonly faults: ChainFault[] = [];
  private end: ChainEnd;
  private records = 0;
  private runs = 0;
  private place = { file: '', line: 0 };
  private first: { seq: number; prev: string } | undefined;
  private sealed = false;
  private inRun = 0;
  private sawHead: boolean;

  constructor(private readonly options: VerifyOptions) {
    this.end = options.after ?? emptyChain;
    this.sawHead = options.expectedHead === undefined || options.expectedHead === this.end.head;
  }

  async segment({ file, lines }: SegmentLines): Promise<void> {
    this.first = undefined;
    this.sealed = false;
    this.inRun = 0;
    let line = 0;
    let complete = false;
    for await (const text of lines) {
      this.place = { file, line: ++line };
      complete = text === '';
      if (text === '') continue;
      if (this.sealed) this.fault('there is more behind the seal');
      await this.line(text);
    }
    if (!this.sealed) this.fault('the segment is not sealed: its end is missing');
    else if (!complete) this.fault('the last line is cut off');
  }

  report(): ChainReport {
    if (!this.sawHead) {
      this.fault(
        `the end ${this.options.expectedHead} that was noted earlier is not in this chain: its end is missing`,
      );
    }
    return { ...this.end, faults: this.faults, records: this.records, runs: this.runs };
  }

  private async line(text: string): Promise<void> {
    const line = parsed(text);
    if (line === undefined) return this.fault('this is no line of an export');
    if (lineText(line) !== text) this.fault('the line is not in canonical form: it was written by something else');
    if (line.seq !== this.end.seq + 1) {
      this.fault(`number ${line.seq} follows ${this.end.seq}: lines are missing, repeated or in another order`);
    }
    if (line.prev !== this.end.head) {
      this.fault(
        line.seq === 1 && line.prev === GENESIS
          ? 'a new chain begins here'
          : 'it does not follow the line before: that was changed, removed or moved',
      );
    }
    await this.content(line);
    this.end = { seq: line.seq, head: hashOfLine(text), segment: this.end.segment };
    if (this.end.head === this.options.expectedHead) this.sawHead = true;
  }

  private async content(line: ChainLine): Promise<void> {
    if (this.first === undefined) {
      this.first = { seq: line.seq, prev: line.prev };
      if (line.type !== 'segment') this.fault('the segment does not begin with its header');
    }
    switch (line.type) {
      case 'segment':
        if (line.version !== 1) this.fault(`version ${String(line.version)} is not known`);
        if (line.segment !== this.end.segment + 1) this.fault(`segment ${line.segment} follows ${this.end.segment}`);
        this.end = { ...this.end, segment: line.segment };
        return;
      case 'record':
        this.records++;
        this.inRun++;
        return;
      case 'run':
        if (line.records !== this.inRun) this.fault(`${line.workflowId} has ${this.inRun} of ${line.records} records`);
        this.inRun = 0;
        this.runs++;
        this.options.onRun?.(line.workflowId, line.runId);
        return;
      case 'seal':
        this.sealed = true;
        if (this.inRun > 0) this.fault('the segment ends within a run');
        return this.seal(line.jws);
      default:
        this.fault('a line of an unknown kind');
    }
  }

  private async seal(jws: string): Promise<void> {
    const expected: SealPayload = {
      segment: this.end.segment,
      first: this.first!.seq,
      last: this.end.seq,
      prev: this.first!.prev,
      head: this.end.head,
    };
    const { keys } = this.options;
    const key = keys.find(({ id }) => id === keyIdOf(jws)) ?? keys[0]!;
    try {
      const { payload, protectedHeader } = await compactVerify(jws, key.publicKey, { algorithms: ['EdDSA'] });
      if (protectedHeader.typ !== SEAL_TYPE) this.fault('the signature is not one of an audit export');
      if (new TextDecoder().decode(payload) !== canonicalJson(expected)) {
        this.fault('the seal was made for other lines than these');
      }
    } catch {
      const names = keys.map(({ id }) => id).join(', ');
      this.fault(`the signature of the seal is not one of the key${keys.length > 1 ? 's' : ''} ${names}`);
    }
  }

  private fault(message: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push({ ...this.place, message });
  }
}

function parsed(text: string): ChainLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<ChainLine> | null;
    const isLine = typeof line === 'object' && typeof line?.seq === 'number' && typeof line.prev === 'string';
    return isLine ? (line as ChainLine) : undefined;
  } catch {
    return undefined;
  }
}

/** Which key a seal says that it is of; whether it is, only its signature tells. */
function keyIdOf(jws: string): string | undefined {
  try {
    return decodeProtectedHeader(jws).kid;
  } catch {
    return undefined;
  }
}
