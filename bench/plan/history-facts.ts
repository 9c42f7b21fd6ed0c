import type { WorkflowHandle } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';

/** What one run cost, counted in its event history. */
export interface HistoryFacts {
  events: number;
  activities: number;
  workflowTasks: number;
  upserts: number;
  /** Activities that the server handed back in the answer to the workflow task that asked for them. */
  eager: number;
  bytes: number;
}

/** A start by way of matching takes longer, and a transaction less. */
const EAGER_MS = 2;

export async function historyFacts(handle: WorkflowHandle): Promise<HistoryFacts> {
  const { events = [] } = await handle.fetchHistory();
  const { raw } = await handle.describe();
  const all = events ?? [];
  const scheduled = new Map(
    all.flatMap((event) =>
      event.activityTaskScheduledEventAttributes ? [[String(event.eventId), event] as const] : [],
    ),
  );
  const eager = all.filter((event) => {
    const started = event.activityTaskStartedEventAttributes;
    const since = started && scheduled.get(String(started.scheduledEventId));
    // Both times are the server's; only an eager start belongs to the very transaction that schedules.
    return since && optionalTsToMs(event.eventTime)! - optionalTsToMs(since.eventTime)! < EAGER_MS;
  });
  return {
    events: all.length,
    activities: scheduled.size,
    workflowTasks: all.filter((event) => event.workflowTaskCompletedEventAttributes).length,
    upserts: all.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes).length,
    eager: eager.length,
    bytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0),
  };
}
