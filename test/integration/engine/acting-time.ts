import type { Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';

/** Milliseconds since the epoch, by the server's clock. */
export interface Span {
  from: number;
  to: number;
}

/** When the run acted, by the events of all its runs: from its first `execute` being commanded to its last `verify` being answered. */
export async function actingTime(client: Client, workflowId: string): Promise<Span> {
  let from = Infinity;
  let to = -Infinity;
  for (let runId: string | undefined = ''; runId !== undefined;) {
    const { events } = await client.workflow.getHandle(workflowId, runId || undefined).fetchHistory();
    const acts = new Set<string>();
    for (const event of events ?? []) {
      const at = tsToMs(event.eventTime);
      const { activityType } = event.activityTaskScheduledEventAttributes ?? {};
      if (/\.(execute|verify)$/.test(activityType?.name ?? '')) {
        acts.add(String(event.eventId));
        from = Math.min(from, at);
      }
      const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes;
      if (ended && acts.has(String(ended.scheduledEventId))) to = Math.max(to, at);
    }
    // The run before the continue-as-new.
    runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
  }
  if (!Number.isFinite(from) || !Number.isFinite(to)) throw new Error(`${workflowId} did not act`);
  return { from, to };
}

/** The most that acted at the same instant. */
export function atOnce(spans: readonly Span[]): number {
  const turns = spans.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  turns.sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  return turns.reduce((most, { by }) => Math.max(most, (now += by)), 0);
}
