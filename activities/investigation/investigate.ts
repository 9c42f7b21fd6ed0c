import { Context } from '@temporalio/activity';
import type { HolmesGptSettings } from '../../config/sections/holmesgpt';
import { KubernautError } from '../../plan/errors';
import {
  fitInvestigation,
  InvestigationActivity,
  readAnswer,
  type FollowUpInput,
  type InvestigateInput,
  type Investigation,
  type OfferedActions,
  type RemedyThresholds,
} from '../../plan/investigation';
import { stopOf, type ActivityHost } from '../action-context';
import type { Activities } from '../activity-runtime';
import { systemClock } from '../clock';
import type { Clock } from '../contract';
import { phaseDeadline } from '../deadline';
import { codeOf, type Stop, toFailure } from '../failure';
import { startHeartbeat, type Progress } from '../heartbeat';
import { toPlainJson } from '../plain-json';
import { redactText } from '../redact';
import type { ActionRegistry } from '../registry';
import { environmentSecrets, type Secrets } from '../secrets';
import { createHolmesClient, type HolmesQuestion } from './holmes-client';
import { offeredActions } from './offered-actions';
import { followUpQuestion, investigationQuestion } from './question';

export interface InvestigationActivitiesOptions {
  /** What may be recommended, with the settings' `offer` and `withhold`. */
  registry: ActionRegistry;
  /** Absent: both activities fail with `HOLMES_NOT_CONFIGURED`, so that an incident can say why a person is called. */
  holmesgpt?: HolmesGptSettings;
  /** Default: environment and files. */
  secrets?: Secrets;
  clock?: Clock;
}

/** What is used of Temporal's activity `Context`. */
export type InvestigationHost = Omit<ActivityHost, 'info'> & {
  info: ActivityHost['info'] & Pick<Context['info'], 'heartbeatDetails'>;
};

/** After so many questions whose answers went to workers that are gone, no other is asked: each costs minutes and money. */
const MOST_UNANSWERED = 2;

/**
 * `holmesgpt.investigate` and `holmesgpt.follow_up` as activities of the patient queue. They return an {@link Investigation}, or
 * fail with a `HOLMES_*` code of the catalogue that says why a person must look; never anything in between.
 */
export function createInvestigationActivities(options: InvestigationActivitiesOptions): Activities {
  return {
    [InvestigationActivity.investigate]: (input: InvestigateInput) =>
      runInvestigation(Context.current(), InvestigationActivity.investigate, input, options, (actions) =>
        investigationQuestion(input, actions),
      ),
    [InvestigationActivity.followUp]: (input: FollowUpInput) =>
      runInvestigation(Context.current(), InvestigationActivity.followUp, input, options, (actions) =>
        followUpQuestion(input, actions),
      ),
  };
}

/** One attempt: ask once, read the answer; heartbeats, cancel, and the error as history may see it. */
export async function runInvestigation(
  host: InvestigationHost,
  what: string,
  { incident, scope, playbooks = [] }: InvestigateInput,
  options: InvestigationActivitiesOptions,
  questionFor: (actions: OfferedActions) => HolmesQuestion,
): Promise<Investigation> {
  const { registry, holmesgpt, secrets = environmentSecrets(), clock = systemClock } = options;
  const abort = new AbortController();
  const onCancel = () => abort.abort(stopOf(host));
  if (host.cancellationSignal.aborted) onCancel();
  else host.cancellationSignal.addEventListener('abort', onCancel, { once: true });
  const startedAt = clock.now();
  const heartbeat = startHeartbeat((progress) => host.heartbeat(progress), host.info.heartbeatTimeoutMs, clock.now);
  let unanswered = unansweredBefore(host);
  const tell = (message: string) => heartbeat.progress(message, { unanswered });
  /** Sent at once: the count must outlive this worker. */
  const count = (change: number, message: string) => {
    unanswered += change;
    tell(message);
    host.heartbeat({ message, details: { unanswered }, at: new Date(clock.now()).toISOString() } satisfies Progress);
  };
  const report = (level: 'info' | 'warn', outcome: string, fields: Record<string, unknown>) =>
    host.log[level](`${what} ${outcome}`, { ...fields, incident, outcome, durationMs: clock.now() - startedAt });
  let asked = false;
  try {
    abort.signal.throwIfAborted();
    if (holmesgpt === undefined) throw new KubernautError('HOLMES_NOT_CONFIGURED', 'no HolmesGPT is configured');
    if (unanswered >= MOST_UNANSWERED) {
      throw new KubernautError(
        'HOLMES_LOST',
        `HolmesGPT was asked ${unanswered} times by workers that went away meanwhile`,
      );
    }
    const actions = offeredActions(registry, holmesgpt, scope);
    const answer = await createHolmesClient(holmesgpt, secrets).ask(questionFor(actions), {
      signal: abort.signal,
      timeoutMs: timeoutOf(holmesgpt, host, startedAt),
      onProgress: tell,
      onAsked: () => {
        asked = true;
        count(+1, 'HolmesGPT is asked');
      },
    });
    const read = withoutSecrets(readAnswer(answer, { scope, actions, playbooks: playbooks.map(({ name }) => name) }));
    const investigation = fitInvestigation({ ...read, thresholds: thresholdsOf(holmesgpt) });
    const { recommendations, problems, requestId, tokens } = investigation;
    report('info', 'ok', {
      ...{ requestId, tokens, recommendations: recommendations.map(({ action }) => action) },
      leftOut: problems.length,
    });
    return toPlainJson(investigation, `${what} returned`) as unknown as Investigation;
  } catch (error) {
    const stop = abort.signal.aborted ? (abort.signal.reason as Stop) : undefined;
    const failure = toFailure(error, what, stop);
    // An error answer is an answer, too: the next attempt starts anew. Only after a stop is HolmesGPT still at work.
    if (asked && stop === undefined) count(-1, failure.message);
    const code = codeOf(failure);
    const stack = code === 'INTERNAL' && error instanceof Error ? { stack: error.stack } : {};
    report('warn', code, { reason: failure.message, ...stack });
    throw failure;
  } finally {
    heartbeat.stop();
    host.cancellationSignal.removeEventListener('abort', onCancel);
  }
}

/** The settings' own, but within what Temporal allows this attempt: its timeout could not say what was going on. */
function timeoutOf({ timeoutSeconds }: HolmesGptSettings, { info }: InvestigationHost, now: number): number {
  return Math.max(1, Math.min(timeoutSeconds * 1000, phaseDeadline(undefined, info, now).at - now));
}

function thresholdsOf({ minConfidence, needsEvidence, automatic }: HolmesGptSettings): RemedyThresholds {
  return { minConfidence, needsEvidence, ...(automatic && { automatic }) };
}

function unansweredBefore({ info }: InvestigationHost): number {
  const count = (info.heartbeatDetails as Partial<Progress> | undefined)?.details?.['unanswered'];
  return typeof count === 'number' ? count : 0;
}

/** Models quote what they have read; what is in history stays there. */
function withoutSecrets(investigation: Investigation): Investigation {
  const { analysis, rootCause, evidence, recommendations, playbook } = investigation;
  return {
    ...investigation,
    analysis: redactText(analysis),
    rootCause: redactText(rootCause),
    evidence: evidence.map(({ source, finding }) => ({ source, finding: redactText(finding) })),
    recommendations: recommendations.map((each) => ({ ...each, rationale: redactText(each.rationale) })),
    ...(playbook && { playbook: { ...playbook, rationale: redactText(playbook.rationale) } }),
  };
}
