import {
  condition,
  defineQuery,
  defineSignal,
  makeContinueAsNewFunc,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import {
  AuditActivity,
  AuditQuery,
  AuditSignal,
  emptyExport,
  type EndedRun,
  type ExportRequest,
  type ExportResult,
  type ExportState,
  type ExportStatus,
  statusOfExport,
  type SweepResult,
  withEnded,
  withExported,
  withSwept,
} from '../plan/audit/export';

export interface AuditExportInput {
  sink: string;
  resume?: ExportState;
}

const acts = proxyActivities<{
  [AuditActivity.export]: (request: ExportRequest) => Promise<ExportResult>;
  [AuditActivity.sweep]: (request: { since?: string }) => Promise<SweepResult>;
}>({
  startToCloseTimeout: '5m',
  // Given up from time to time: signals that came meanwhile would else pile up in one history.
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '1s', maximumInterval: '20s' },
});

/** So many runs at most in one segment; its size is bounded by the activity, too. */
const BATCH = 100;
/** What ends at about the same time shares a segment. */
const GATHER_MS = 500;
/** Before one that has announced its end, but still runs, is looked at again. */
const OPEN_MS = 5_000;

/**
 * Exports the audit of every remediation that ends to one sink, one segment of the chain after the other: a chain has one
 * writer. Runs announce their end by signal; those that cannot (terminated, timed out, begun before there was a sink) are found by a
 * sweep over visibility. A sink that is down holds up nothing but its own queue, which is this workflow's state. It never ends.
 */
export async function audit({ sink, resume = emptyExport }: AuditExportInput): Promise<void> {
  let state = resume;
  let failure: string | undefined;
  let sweepAt = 0;
  setHandler(defineQuery<ExportStatus>(AuditQuery.status), () => statusOfExport(state, failure));
  setHandler(defineSignal<[EndedRun]>(AuditSignal.ended), (run) => {
    state = withEnded(state, [run]);
  });
  const attempt = async <T>(work: () => Promise<T>, then: (result: T) => void): Promise<boolean> => {
    try {
      then(await work());
      failure = undefined;
      return true;
    } catch (error) {
      failure = innermost(error);
      return false;
    } finally {
      show(state, failure);
    }
  };
  while (!workflowInfo().continueAsNewSuggested) {
    if (state.queue.length > 0) {
      await sleep(GATHER_MS, { summary: 'for what ends at the same time' });
      const request = { sink, after: state.chain, runs: state.queue.slice(0, BATCH), at: new Date().toISOString() };
      const open: string[] = [];
      await attempt(
        () => acts[AuditActivity.export](request),
        (result) => {
          state = withExported(state, result);
          open.push(...result.open);
        },
      );
      // Those behind them need not wait.
      state = { ...state, queue: [...state.queue].sort((a, b) => rank(open, a) - rank(open, b)) };
      if (state.queue.length > 0 && state.queue.every(({ runId }) => open.includes(runId))) {
        await sleep(OPEN_MS, { summary: 'for remediations that are about to end' });
      }
    } else if (Date.now() >= sweepAt) {
      const since = state.sweptUntil;
      const done = await attempt(
        () => acts[AuditActivity.sweep]({ ...(since && { since }) }),
        (result) => {
          state = withSwept(state, result);
          sweepAt = result.more ? 0 : Date.now() + result.everyMs;
        },
      );
      if (!done) sweepAt = Date.now() + OPEN_MS;
    } else {
      await condition(() => state.queue.length > 0, sweepAt - Date.now());
    }
  }
  await makeContinueAsNewFunc<typeof audit>()({ sink, resume: state });
}

function rank(open: readonly string[], { runId }: EndedRun): number {
  return open.includes(runId) ? 1 : 0;
}

/** The outer ones say only that an activity failed. */
function innermost(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return (inner instanceof Error ? inner.message : String(inner)).slice(0, 500);
}

function show(state: ExportState, failure: string | undefined): void {
  const { waiting, exported, gone, chain } = statusOfExport(state);
  const rows = [
    `${exported} remediations exported in ${chain?.segment ?? 0} segments, ${waiting} wait`,
    ...(gone > 0 ? [`**${gone} were past retention before they could be exported**`] : []),
    ...(failure ? [`it does not go on: ${failure.replaceAll(/[`*_<>[\]]/g, ' ')}`] : []),
    ...(chain ? [`head \`${chain.head}\``] : []),
  ];
  setCurrentDetails(rows.join('\n\n'));
}
