import type { Client } from '@temporalio/client';
import { planCheck } from '../../activities/plan-check';
import { policyWorld, type PolicyPlaces } from '../../activities/policy/policy-world';
import { targetHistory } from '../../activities/policy/target-history';
import type { ActionRegistry } from '../../activities/registry';
import { initialState } from '../../plan/core/initial';
import { policyRequest } from '../../plan/core/policy';
import { ENGINE_REVISION, runContext } from '../../plan/core/state';
import { Outcome } from '../../plan/outcome';
import { PolicyVerdict } from '../../plan/policy/decision';
import { evaluatePolicy, type PolicySet } from '../../plan/policy/evaluate';
import { searchAttributeKeys as keys } from '../../plan/search-attributes';
import { WorkflowType } from '../../plan/steering';
import type { Validation } from '../../plan/step-io';
import { field, firstValue, textOf, type HistoryEvent } from '../../activities/audit/reader/history-event';

/** One past remediation: what happened, and what would happen under other policies. */
export interface BacktestCase {
  id: string;
  at: string;
  outcome: string;
  /** `automatic`, `asked` or `blocked`. */
  was: string;
  /** The same, or `unknown` with the reason as the only rule. */
  now: string;
  rules: string[];
}

/**
 * Asks `set` about closed remediations, newest first, with the plan, the previews and the time that their histories hold. Dry
 * runs are left out. Runs from before facts of targets were recorded have no labels; rules that ask for them restrict.
 */
export async function backtest(
  client: Client,
  set: PolicySet,
  places: PolicyPlaces,
  registry: ActionRegistry,
  limit: number,
): Promise<BacktestCase[]> {
  const cases: BacktestCase[] = [];
  const query = `WorkflowType = '${WorkflowType.remediation}' AND ExecutionStatus != 'Running'`;
  for await (const info of client.workflow.list({ query, pageSize: Math.min(200, limit) })) {
    if (cases.length >= limit) break;
    if (info.status.name === 'CONTINUED_AS_NEW' || info.typedSearchAttributes.get(keys.dryRun)) continue;
    const { events } = await client.workflow.getHandle(info.workflowId, info.runId).fetchHistory();
    const at = info.startTime.getTime();
    const known = events ?? [];
    const outcome = info.typedSearchAttributes.get(keys.outcome) ?? info.status.name.toLowerCase();
    const base = { id: info.workflowId, at: info.startTime.toISOString(), outcome, was: whatHappened(known, outcome) };
    cases.push({ ...base, ...(await ask(client, set, places, registry, { id: info.workflowId, at, events: known })) });
  }
  return cases;
}

async function ask(
  client: Client,
  set: PolicySet,
  places: PolicyPlaces,
  registry: ActionRegistry,
  past: { id: string; at: number; events: readonly HistoryEvent[] },
): Promise<Pick<BacktestCase, 'now' | 'rules'>> {
  const input = firstValue(past.events[0]?.workflowExecutionStartedEventAttributes?.input);
  if (field(input, 'resume') !== undefined) return { now: 'unknown', rules: ['its beginning is in an earlier run'] };
  const check = planCheck(registry, field(input, 'plan'));
  if (!check.ok) return { now: 'unknown', rules: [check.problems[0]?.message ?? 'its plan is not valid today'] };
  const run = runContext(check.plan, check.actions, { revision: ENGINE_REVISION, policy: true });
  const state = initialState(run);
  for (const [id, validation] of previews(past.events)) {
    const step = state.steps[id];
    if (step) Object.assign(step, { validation, inTurn: true });
  }
  const request = policyRequest(run, state);
  const world = { ...policyWorld(places, past.at), history: await targetHistory(client, request, past.at, past.id) };
  const { verdict, rules } = evaluatePolicy(set, request, world);
  const deciding = rules.filter((rule) => rule.verdict === verdict).map(({ rule }) => rule);
  const asked = verdict === PolicyVerdict.approval || check.plan.spec.approval.required;
  const blocked = verdict === PolicyVerdict.deny || verdict === PolicyVerdict.observe;
  return { now: blocked ? 'blocked' : asked ? 'asked' : 'automatic', rules: [...new Set(deciding)] };
}

/** The first preview of each step. */
function previews(events: readonly HistoryEvent[]): Map<string, Validation> {
  const scheduled = new Map<string, string>();
  const found = new Map<string, Validation>();
  for (const event of events) {
    const schedule = event.activityTaskScheduledEventAttributes;
    if (schedule?.activityType?.name?.endsWith('.validate')) {
      const id = textOf(field(field(firstValue(schedule.input), 'step'), 'stepId'));
      if (id !== undefined) scheduled.set(String(event.eventId), id);
    }
    const done = event.activityTaskCompletedEventAttributes;
    const id = done && scheduled.get(String(done.scheduledEventId));
    const validation = id === undefined || id === null || found.has(id) ? undefined : firstValue(done?.result);
    if (id && validation) found.set(id, validation as Validation);
  }
  return found;
}

/** Read from what is in the history, whatever version of Kubernaut wrote it. */
function whatHappened(events: readonly HistoryEvent[], outcome: string): string {
  if (outcome === Outcome.blocked) return 'blocked';
  const decided = events.some((event) => {
    const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name;
    return [signal, update].some((name) => name === 'approve' || name === 'reject');
  });
  return decided || outcome === Outcome.expired ? 'asked' : 'automatic';
}

/** `41 remediations: 29 automatic, 9 asked, 3 blocked`. */
export function tally(cases: readonly BacktestCase[], of: (one: BacktestCase) => string): string {
  const count = (word: string) => cases.filter((one) => of(one) === word).length;
  const unknown = count('unknown');
  const parts = ['automatic', 'asked', 'blocked'].map((word) => `${count(word)} ${word}`);
  const total = cases.length === 1 ? '1 remediation' : `${cases.length} remediations`;
  return `${total}: ${[...parts, ...(unknown > 0 ? [`${unknown} unknown`] : [])].join(', ')}`;
}
