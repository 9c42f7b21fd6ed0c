import { proxyActivities, proxyLocalActivities, workflowInfo, type ActivityOptions } from '@temporalio/workflow';
import type { FollowUpInput, InvestigateInput, Investigation } from '../plan/investigation';
import { InvestigationActivity, investigationActivityOptions } from '../plan/investigation/activity-io';
import { formatDuration } from '../plan/duration';
import { alertMatchers } from '../plan/incident/alert-matchers';
import {
  IncidentActivity,
  type EscalationNotice,
  type ForwardInput,
  type FoundOwner,
  type HealthInput,
  type IncidentSettings,
  type NoticeDelivery,
  type OwnerInput,
  type PastAnswer,
  type PlaybooksInput,
  type PastInput,
  type ReadRecommendationsInput,
} from '../plan/incident';
import type { MatchedPlaybook } from '../plan/incident/playbook';
import type { Reading, IncidentState } from '../plan/incident/state';
import type { Alert, Severity } from '../plan/incident/types';
import type { JsonObject } from '../plan/json';
import type { RemediationResult } from '../plan/outcome';
import type { Evidence, StepRequest } from '../plan/step-io';
import { untrustedLine } from '../plan/investigation/untrusted-text';
import { clusterTaskQueue, PATIENT_TASK_QUEUE } from '../plan/task-queues';
import { CheckAction } from '../plan/verify-checks';

const GRACE_MS = 30_000;

/** A severe alert gets its turn first; that is all that severity does. Lower is sooner, 3 is the default of the server. */
const PRIORITY: Record<Severity, number> = { critical: 1, warning: 2, info: 4, none: 5 };

export function priorityOf(severity: Severity | undefined): { priorityKey: number } | undefined {
  return severity && { priorityKey: PRIORITY[severity] };
}

const short: ActivityOptions = {
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '3m',
  retry: { maximumAttempts: 6, initialInterval: '500ms', maximumInterval: '15s' },
};

/** A cluster's worker may be away: the incident must not wait for it for long. */
const onCluster: ActivityOptions = { ...short, scheduleToStartTimeout: '30s', heartbeatTimeout: '10s' };

export const readSettings = (): Promise<IncidentSettings> =>
  proxyLocalActivities<Record<string, () => Promise<IncidentSettings>>>({
    startToCloseTimeout: '10s',
    retry: { maximumAttempts: 5 },
  })[IncidentActivity.settings]!();

export const matchPlaybooks = (input: PlaybooksInput): Promise<MatchedPlaybook[]> =>
  proxyLocalActivities<Record<string, (input: PlaybooksInput) => Promise<MatchedPlaybook[]>>>({
    startToCloseTimeout: '10s',
    retry: { maximumAttempts: 5 },
  })[IncidentActivity.playbooks]!(input);

export const readPast = (input: PastInput): Promise<PastAnswer> => call(IncidentActivity.past, input, short);

export const readOwner = (input: OwnerInput): Promise<FoundOwner> =>
  call(IncidentActivity.owner, input, {
    ...onCluster,
    taskQueue: clusterTaskQueue(input.owner.cluster, 'kubernetes'),
    summary: `owner of ${input.owner.kind} ${input.owner.name}`,
  });

export const forward = (input: ForwardInput): Promise<void> => call(IncidentActivity.forward, input, short);

export const readRecommendations = (input: ReadRecommendationsInput): Promise<Investigation> =>
  call(IncidentActivity.readRecommendations, input, short);

/** Receivers may be away for a while; the incident stays open as long. */
export const notify = (notice: EscalationNotice): Promise<NoticeDelivery> =>
  call(IncidentActivity.notify, notice, {
    startToCloseTimeout: '2m',
    scheduleToCloseTimeout: '30m',
    heartbeatTimeout: '30s',
    retry: { initialInterval: '2s', maximumInterval: '2m' },
    summary: String(notice.params['title']).slice(0, 190),
  });

export const awaitRemediation = (id: string): Promise<RemediationResult> =>
  call(
    IncidentActivity.awaitRemediation,
    { id },
    {
      taskQueue: PATIENT_TASK_QUEUE,
      startToCloseTimeout: '24h',
      heartbeatTimeout: '30s',
      cancellationType: 'WAIT_CANCELLATION_COMPLETED',
      summary: id,
    },
  );

export function ask(input: InvestigateInput | FollowUpInput, severity: Severity | undefined): Promise<Investigation> {
  const name = 'execution' in input ? InvestigationActivity.followUp : InvestigationActivity.investigate;
  const priority = priorityOf(severity);
  const options = {
    ...investigationActivityOptions,
    summary: input.incident.slice(0, 190),
    ...(priority && { priority }),
  };
  return call(name, input, options);
}

export function watchHealth(input: HealthInput, withinMs: number): Promise<Reading> {
  return call(IncidentActivity.health, input, {
    ...watching(withinMs + input.soakMs),
    taskQueue: clusterTaskQueue(input.owner.cluster, 'kubernetes'),
    summary: `${input.owner.kind} ${input.owner.name} healthy for ${formatDuration(input.soakMs)}`,
  });
}

/** Each kind of alert is asked about by the action that can also stand in a plan, where the cluster has an Alertmanager. */
export async function watchAlerts(
  { owner, settings }: IncidentState,
  alerts: readonly Alert[],
  { soakMs, withinMs }: { soakMs: number; withinMs: number },
): Promise<Reading> {
  const questions = alertMatchers(alerts, owner, settings?.revision).map((matchers, n) => {
    const params = { matchers, for: formatDuration(soakMs), within: formatDuration(withinMs) };
    const stepId = `watch/${n + 1}`;
    const request: StepRequest = {
      operationId: `${workflowInfo().workflowId}/${stepId}`,
      stepId,
      action: CheckAction.alert,
      cluster: owner.cluster,
      params: params as unknown as JsonObject,
    };
    const summary = `${untrustedLine(String(matchers[0]?.['value']), 150)} resolved`;
    const validation = { before: {}, diff: [], warnings: [], summary, noEffect: false };
    const input = { step: request, validation, effect: { changed: false, summary, data: {} } };
    return call<Evidence>(`${CheckAction.alert}.verify`, input, {
      ...watching(withinMs + soakMs),
      taskQueue: clusterTaskQueue(owner.cluster, 'monitoring'),
      summary,
    });
  });
  const answers = await Promise.all(questions);
  const refuted = answers.find(({ verified }) => !verified);
  const detail = refuted?.summary ?? answers.map(({ summary }) => summary).join('; ');
  return { is: refuted ? 'bad' : 'good', detail: detail.slice(0, 400) };
}

function watching(ms: number): ActivityOptions {
  return {
    startToCloseTimeout: ms + GRACE_MS,
    scheduleToStartTimeout: '30s',
    scheduleToCloseTimeout: 2 * ms + 4 * GRACE_MS,
    heartbeatTimeout: '10s',
    retry: { maximumAttempts: 5, initialInterval: '1s', maximumInterval: '15s' },
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  };
}

function call<R>(name: string, input: object, options: ActivityOptions): Promise<R> {
  return proxyActivities<Record<string, (input: object) => Promise<R>>>(options)[name]!(input);
}
