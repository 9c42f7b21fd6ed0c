/** Activities of the export. `announce` is a local one of the run that ends; the others are the exporter's. */
export const AuditActivity = { announce: 'audit.announce', export: 'audit.export', sweep: 'audit.sweep' } as const;
export const AuditSignal = { ended: 'ended' } as const;
export const AuditQuery = { status: 'status' } as const;

export function auditWorkflowId(sink: string): string {
  return `audit/${sink}`;
}

/** A remediation that has ended, or is about to. */
export interface EndedRun {
  workflowId: string;
  runId: string;
  /** ISO 8601, about when. */
  at: string;
}

/** Where a chain stands: the next line goes behind it. */
export interface ChainEnd {
  seq: number;
  head: string;
  segment: number;
}

/** Everything that an exporter knows; plain data, since it travels through continue-as-new. */
export interface ExportState {
  /** Absent: nothing was exported yet. */
  chain?: ChainEnd;
  /** Waiting, oldest first; stays here until the sink has it. */
  queue: EndedRun[];
  /** What the next sweep would find again: exported lately. */
  recent: EndedRun[];
  /** ISO 8601: everything that ended before is exported, or waits here. */
  sweptUntil?: string;
  /** Runs exported so far, and runs whose history was gone before they could be. */
  exported: number;
  gone: number;
}

/** Answer of {@link AuditQuery.status}. */
export interface ExportStatus extends Omit<ExportState, 'queue' | 'recent'> {
  waiting: number;
  /** ISO 8601: when the oldest of those that wait has ended. */
  oldest?: string;
  /** Why it does not go on; gone with the next success. */
  failure?: string;
}

export interface ExportRequest {
  sink: string;
  after?: ChainEnd;
  runs: EndedRun[];
  /** ISO 8601, for the header of the segment. */
  at: string;
}

export interface ExportResult {
  chain?: ChainEnd;
  /** Run ids that the sink has now; of those that were asked for, perhaps not all: the rest comes with the next segment. */
  done: string[];
  /** Their history does not exist any more. */
  gone: string[];
  /** Not ended yet. */
  open: string[];
}

export interface SweepResult {
  runs: EndedRun[];
  /** ISO 8601: whatever ended before is in `runs`, or was before. */
  until: string;
  /** There is more: sweep again at once. */
  more: boolean;
  /** Milliseconds until the next one. */
  everyMs: number;
}

/** A state must stay far below the 2 MB of a payload; what does not fit is found again by the next sweep. */
const MAX_QUEUE = 4_000;
/** Visibility may be behind by so much. */
export const SWEEP_OVERLAP_MS = 120_000;

export const emptyExport: ExportState = { queue: [], recent: [], exported: 0, gone: 0 };

/** Runs join the queue once; beyond what it holds they are left to the next sweep, which begins before them. */
export function withEnded(state: ExportState, runs: readonly EndedRun[]): ExportState {
  const known = new Set([...state.queue, ...state.recent].map(({ runId }) => runId));
  const fresh = runs.filter(({ runId }, index) => {
    return !known.has(runId) && runs.findIndex((other) => other.runId === runId) === index;
  });
  const queue = [...state.queue, ...fresh];
  const over = queue.splice(MAX_QUEUE);
  const first = over.map(({ at }) => at).sort()[0];
  if (first === undefined) return { ...state, queue };
  return { ...state, queue, sweptUntil: earlier(state.sweptUntil, first) };
}

export function withExported(state: ExportState, { chain, done, gone }: ExportResult): ExportState {
  const settled = new Set([...done, ...gone]);
  const recent = [...state.recent, ...state.queue.filter(({ runId }) => settled.has(runId))].slice(-MAX_QUEUE);
  return {
    ...state,
    ...(chain && { chain }),
    queue: state.queue.filter(({ runId }) => !settled.has(runId)),
    recent,
    exported: state.exported + done.length,
    gone: state.gone + gone.length,
  };
}

/** What lies wholly before the next sweep's beginning cannot be found again, and is forgotten. */
export function withSwept(state: ExportState, { runs, until }: SweepResult): ExportState {
  const recent = state.recent.filter(({ at }) => Date.parse(at) >= Date.parse(until) - 2 * SWEEP_OVERLAP_MS);
  return withEnded({ ...state, recent, sweptUntil: until }, runs);
}

export function statusOfExport(state: ExportState, failure?: string): ExportStatus {
  const { queue, recent: _, ...rest } = state;
  const oldest = queue.map(({ at }) => at).sort()[0];
  return { ...rest, waiting: queue.length, ...(oldest && { oldest }), ...(failure && { failure }) };
}

function earlier(one: string | undefined, other: string): string {
  return one === undefined || Date.parse(other) < Date.parse(one) ? other : one;
}
