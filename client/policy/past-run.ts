import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { JsonObject } from '../../plan/json';
import { WorkflowType } from '../../plan/steering';
import type { Validation } from '../../plan/step-io';
import { readableHistory } from '../../activities/encryption/readable-history';
import { field, firstValue, type HistoryEvent, summaryOf, textOf } from '../../activities/audit/reader/history-event';

/** `automatic`, `asked`, `blocked`, or `unknown`: that cannot be told any more, or nothing was ever decided. */
export type Course = 'automatic' | 'asked' | 'blocked' | 'unknown';

/** What the history of a remediation tells, whatever version of Kubernaut wrote it. */
export interface PastRun {
  /** Of all its runs, if it continued as new: the first one, where plan and previews are. */
  events: readonly HistoryEvent[];
  /** What it belongs to: an incident, the plan around it, or nothing but itself. */
  group: { key: string; id: string };
  was: Course;
}

/** undefined: it has gone, with the retention of the Temporal namespace. */
export async function readPastRun(client: Client, info: WorkflowExecutionInfo): Promise<PastRun | undefined> {
  try {
    const last = await eventsOf(client, info.workflowId, info.runId);
    const { input, firstExecutionRunId } = started(last) ?? {};
    const resumed = field(firstValue(input), 'resume') !== undefined;
    // A run that continued as new has its plan and its previews in the first one.
    const first = resumed && firstExecutionRunId ? await eventsOf(client, info.workflowId, firstExecutionRunId) : last;
    return { events: first, group: groupOf(first, info), was: whatHappened([...first, ...last]) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function eventsOf(client: Client, id: string, runId: string): Promise<readonly HistoryEvent[]> {
  const { events } = await readableHistory(client, id, runId);
  return events ?? [];
}

function started(events: readonly HistoryEvent[]) {
  return events[0]?.workflowExecutionStartedEventAttributes;
}

/** The plan that it was started with; undefined: it is no remediation of Kubernaut. */
export function planOf({ events }: Pick<PastRun, 'events'>): unknown {
  return field(firstValue(started(events)?.input), 'plan');
}

function groupOf(events: readonly HistoryEvent[], { workflowId, runId }: WorkflowExecutionInfo): PastRun['group'] {
  const attributes = started(events);
  const { rootWorkflowExecution: root, parentWorkflowExecution: parent } = attributes ?? {};
  // Sub-plans belong to the plan around them, and that to its incident.
  const above = root?.workflowId && root.workflowId !== workflowId ? root : parent;
  if (above?.workflowId) return { key: `${above.workflowId} ${above.runId}`, id: above.workflowId };
  // Somebody else's incident: a ticket that a person named.
  const named = textOf(field(field(planOf({ events }), 'metadata'), 'incident'));
  return named === undefined ? { key: `${workflowId} ${runId}`, id: workflowId } : { key: named, id: named };
}

/** Policies and persons only: what a guard turned away afterwards was automatic or asked all the same. */
function whatHappened(events: readonly HistoryEvent[]): Course {
  const verdicts = events.flatMap(verdictOf);
  if (verdicts.some((verdict) => verdict === 'deny' || verdict === 'observe')) return 'blocked';
  if (verdicts.includes('error')) return 'blocked';
  if (events.some(isQuestion)) return 'asked';
  const acted = events.some((event) =>
    event.activityTaskScheduledEventAttributes?.activityType?.name?.endsWith('.execute'),
  );
  return acted || verdicts.length > 0 ? 'automatic' : 'unknown';
}

/** What `policy.evaluate` answered, a local activity and so a marker; `error`: it could not be asked, and the run ended. */
function verdictOf(event: HistoryEvent): string[] {
  const marker = event.markerRecordedEventAttributes;
  if (marker?.markerName !== 'core_local_activity') return [];
  if (field(firstValue(marker.details?.['data']), 'activity_type') !== 'policy.evaluate') return [];
  return [textOf(field(firstValue(marker.details?.['result']), 'verdict')) ?? 'error'];
}

/** Its timer is the trace that a question leaves. Those about an undo or a failed step are none of policies. */
function isQuestion(event: HistoryEvent): boolean {
  return event.timerStartedEventAttributes ? /^approval of (plan|step:)/.test(summaryOf(event) ?? '') : false;
}

export interface PastPreview {
  validation: Validation;
  /** As they were by then: templates filled in. */
  params?: JsonObject;
}

/** The first preview of each step. */
export function previewsOf({ events }: PastRun): Map<string, PastPreview> {
  const asked = new Map<string, unknown>();
  const found = new Map<string, PastPreview>();
  for (const event of events) {
    const schedule = event.activityTaskScheduledEventAttributes;
    if (schedule?.activityType?.name?.endsWith('.validate')) {
      asked.set(String(event.eventId), field(firstValue(schedule.input), 'step'));
    }
    const done = event.activityTaskCompletedEventAttributes;
    const step = done && asked.get(String(done.scheduledEventId));
    const id = textOf(field(step, 'stepId'));
    const validation = firstValue(done?.result) as Validation | undefined;
    if (id === undefined || found.has(id) || validation === undefined) continue;
    const params = field(step, 'params') as JsonObject | undefined;
    found.set(id, { validation, ...(params !== undefined && { params }) });
  }
  return found;
}

export const REMEDIATIONS = `WorkflowType = '${WorkflowType.remediation}' AND ExecutionStatus != 'Running'`;
