import { Context } from '@temporalio/activity';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { HolmesGptSettings } from '../../config/sections/holmesgpt';
import { KubernautError } from '../../plan/errors';
import {
  IncidentActivity,
  IncidentSignal,
  defaultIncidentSettings,
  INCIDENT_REVISION,
  incidentOf,
  type EscalationNotice,
  type ForwardInput,
  type IncidentSettings,
  type PastInput,
  type PlaybooksInput,
  type ReadRecommendationsInput,
} from '../../plan/incident';
import type { Playbook } from '../../plan/incident/playbook';
import { readAnswer } from '../../plan/investigation';
import type { RemediationResult } from '../../plan/outcome';
import { WorkflowType } from '../../plan/steering';
import { MAIN_TASK_QUEUE } from '../../plan/task-queues';
import type { Activities } from '../activity-runtime';
import { toFailure } from '../failure';
import { offeredActions, type Offer } from '../investigation/offered-actions';
import type { ActionRegistry } from '../registry';
import { matchPlaybooks } from './match-playbooks';
import { notifyPeople, type NotifyOptions } from './notify';
import { pastOfTarget } from './past';

export interface IncidentActivitiesOptions extends NotifyOptions {
  registry: ActionRegistry;
  /** What may be recommended, by other tools too. */
  holmesgpt?: HolmesGptSettings;
  /** Default: what an empty settings file gives. */
  incidents?: IncidentSettings;
  /** Default: none. */
  playbooks?: readonly Playbook[];
}

/** Without settings for HolmesGPT other tools are held to the defaults of that section. */
const DEFAULT_OFFER: Offer = {
  offer: undefined,
  withhold: ['patch_secret', 'restore_role_binding', 'apply_manifest', 'wait_for_condition'],
};
const HEARTBEAT_MS = 10_000;
/** One look at a remediation that has not ended takes so long. */
const POLL_MS = 15_000;

/** The activities of incidents on the main queue. */
export function createIncidentActivities(
  options: IncidentActivitiesOptions,
  client: () => Client = () => Context.current().client,
): Activities {
  const { registry, holmesgpt = DEFAULT_OFFER, incidents = defaultIncidentSettings, playbooks = [] } = options;
  return {
    [IncidentActivity.settings]: () =>
      Promise.resolve({ ...incidents, revision: INCIDENT_REVISION, playbooks: playbooks.length > 0, notify: true }),
    [IncidentActivity.playbooks]: (input: PlaybooksInput) => Promise.resolve(matchPlaybooks(playbooks, input)),
    [IncidentActivity.past]: (input: PastInput) => asking(IncidentActivity.past, () => pastOfTarget(client(), input)),
    [IncidentActivity.forward]: ({ owner, alerts, questions = [], pushed = [] }: ForwardInput) =>
      asking(IncidentActivity.forward, async () => {
        const { workflowId, input } = incidentOf(owner);
        const messages: [signal: string, payload: object][] = [
          ...alerts.map((alert): [string, object] => [IncidentSignal.alert, alert]),
          ...questions.map((question): [string, object] => [IncidentSignal.investigate, question]),
          ...pushed.map((each): [string, object] => [IncidentSignal.recommendations, each]),
        ];
        for (const [signal, payload] of messages) {
          await client().workflow.signalWithStart(WorkflowType.incident, {
            workflowId,
            taskQueue: MAIN_TASK_QUEUE,
            args: [{ ...input, ownerResolved: true }],
            signal,
            signalArgs: [payload],
          });
        }
      }),
    [IncidentActivity.readRecommendations]: async ({ pushed, input }: ReadRecommendationsInput) => {
      try {
        const actions = offeredActions(registry, holmesgpt, input.scope);
        return readAnswer({ analysis: JSON.stringify(pushed.answer), tools: [] }, { scope: input.scope, actions });
      } catch (error) {
        throw toFailure(error, IncidentActivity.readRecommendations);
      }
    },
    [IncidentActivity.notify]: (notice: EscalationNotice) => notifyPeople(notice, options),
    [IncidentActivity.awaitRemediation]: ({ id }: { id: string }) => awaitRemediation(client(), id),
  };
}

/** A worker's connection knows no abort signals (SDK 1.24): what nobody waits for any more ends with its deadline. */
async function resultOf(client: Client, id: string, signal: AbortSignal): Promise<RemediationResult> {
  for (;;) {
    const deadline = Date.now() + POLL_MS;
    try {
      return await client.withDeadline(
        deadline,
        () => client.workflow.getHandle(id).result() as Promise<RemediationResult>,
      );
    } catch (error) {
      if (error instanceof WorkflowFailedError || signal.aborted || Date.now() < deadline) throw error;
    }
  }
}

/** Only for an incident that continued as new: a child belongs to the run that started it. */
async function awaitRemediation(client: Client, id: string): Promise<RemediationResult> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await Promise.race([resultOf(client, id, context.cancellationSignal), context.cancelled]);
  } catch (error) {
    if (error instanceof CancelledFailure) throw error;
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const details = (cause as { details?: unknown[] } | undefined)?.details?.[0];
    if (details !== undefined) return details as RemediationResult;
    if (cause !== undefined)
      throw ApplicationFailure.nonRetryable(`the remediation ended as ${cause.message}`, 'CANCELLED');
    throw toFailure(new KubernautError('UNAVAILABLE', 'Temporal does not answer', { cause: error }), id);
  } finally {
    clearInterval(timer);
  }
}

async function asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toFailure(new KubernautError('UNAVAILABLE', `${what}: Temporal does not answer`, { cause: error }), what);
  }
}
