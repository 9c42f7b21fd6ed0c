import type { Client } from '@temporalio/client';
import { planCheck } from '../../activities/plan-check';
import { policyWorld, type PolicyPlaces } from '../../activities/policy/policy-world';
import { targetHistory } from '../../activities/policy/target-history';
import type { ActionRegistry } from '../../activities/registry';
import { initialState } from '../../plan/core/initial';
import { policyRequest } from '../../plan/core/policy';
import { ENGINE_REVISION, runContext } from '../../plan/core/state';
import { PolicyVerdict } from '../../plan/policy/decision';
import { evaluatePolicy, type PolicySet } from '../../plan/policy/evaluate';
import { searchAttributeKeys as keys } from '../../plan/search-attributes';
import { type Course, type PastRun, planOf, previewsOf, readPastRun, REMEDIATIONS } from './past-run';

/** One past remediation: what happened, and what would happen under other policies. */
export interface BacktestCase {
  id: string;
  runId: string;
  at: string;
  outcome: string;
  was: Course;
  now: Course;
  /** Those that decide now; of `unknown`, the reason. */
  rules: string[];
}

/** An incident with all its remediations, or a remediation that belongs to none. The strictest course of any counts. */
export interface BacktestIncident {
  id: string;
  /** Of its first remediation. */
  at: string;
  /** Of its last one. */
  outcome: string;
  was: Course;
  now: Course;
  rules: string[];
  remediations: BacktestCase[];
}

export interface BacktestOptions {
  set: PolicySet;
  places: PolicyPlaces;
  registry: ActionRegistry;
  /** At most so many remediations, newest first. */
  limit: number;
}

/**
 * Asks `set` about closed remediations with the plan, the previews and the time that their histories hold. Dry runs are left
 * out. Runs from before facts of targets were recorded have no labels; rules that ask for them restrict.
 */
export async function backtest(client: Client, options: BacktestOptions): Promise<BacktestIncident[]> {
  const { limit } = options;
  const incidents = new Map<string, BacktestCase[]>();
  const ids = new Map<string, string>();
  let count = 0;
  for await (const info of client.workflow.list({ query: REMEDIATIONS, pageSize: Math.min(200, limit) })) {
    if (count >= limit) break;
    if (info.status.name === 'CONTINUED_AS_NEW' || info.typedSearchAttributes.get(keys.dryRun)) continue;
    count++;
    const { workflowId: id, runId } = info;
    const outcome = info.typedSearchAttributes.get(keys.outcome) ?? info.status.name.toLowerCase();
    const base = { id, runId, at: info.startTime.toISOString(), outcome };
    const run = await readPastRun(client, info);
    const { key, id: name } = run?.group ?? { key: `${id} ${runId}`, id };
    const gone = {
      was: 'unknown' as const,
      now: 'unknown' as const,
      rules: ['its history has gone with the retention'],
    };
    const answer = run ? { was: run.was, ...(await ask(client, run, info.startTime.getTime(), id, options)) } : gone;
    incidents.set(key, [...(incidents.get(key) ?? []), { ...base, ...answer }]);
    ids.set(key, name);
  }
  return [...incidents].map(([key, cases]) => incidentOf(ids.get(key)!, cases));
}

function incidentOf(id: string, newestFirst: readonly BacktestCase[]): BacktestIncident {
  const remediations = newestFirst.toSorted((a, b) => a.at.localeCompare(b.at));
  const now = strictest(remediations.map((one) => one.now));
  const deciding = remediations.filter((one) => one.now === now).flatMap(({ rules }) => rules);
  return {
    id,
    at: remediations[0]!.at,
    outcome: remediations.at(-1)!.outcome,
    was: strictest(remediations.map(({ was }) => was)),
    now,
    rules: [...new Set(deciding)],
    remediations,
  };
}

/** What is not known of one says nothing about the others. */
function strictest(courses: readonly Course[]): Course {
  return (['blocked', 'asked', 'automatic'] as const).find((course) => courses.includes(course)) ?? 'unknown';
}

async function ask(
  client: Client,
  run: PastRun,
  at: number,
  id: string,
  { set, places, registry }: BacktestOptions,
): Promise<Pick<BacktestCase, 'now' | 'rules'>> {
  const unknown = (reason: string) => ({ now: 'unknown' as const, rules: [reason] });
  const plan = planOf(run);
  if (plan === undefined) return unknown('there is no plan in its history: it is no remediation of Kubernaut');
  const check = planCheck(registry, plan);
  if (!check.ok) return unknown(`its plan is not valid today: ${check.problems[0]?.message ?? 'no reason given'}`);
  const previews = previewsOf(run);
  if (run.was === 'unknown' || previews.size === 0) return unknown('it ended before policies were asked');
  const context = runContext(check.plan, check.actions, { revision: ENGINE_REVISION, policy: true });
  const state = initialState(context);
  for (const [stepId, preview] of previews) {
    const step = state.steps[stepId];
    if (step) Object.assign(step, { ...preview, inTurn: true });
  }
  const request = policyRequest(context, state);
  const history = await targetHistory(client, request, at, { self: id, until: at });
  const { verdict, rules } = evaluatePolicy(set, request, { ...policyWorld(places, at), history });
  const deciding = rules.filter((rule) => rule.verdict === verdict).map(({ rule }) => rule);
  const required = check.plan.spec.approval.required || check.plan.spec.steps.some(({ approval }) => approval.required);
  const blocked = verdict === PolicyVerdict.deny || verdict === PolicyVerdict.observe;
  const asked = verdict === PolicyVerdict.approval || required;
  const own = required && verdict !== PolicyVerdict.approval && !blocked ? ['the plan'] : [];
  return { now: blocked ? 'blocked' : asked ? 'asked' : 'automatic', rules: [...new Set([...deciding, ...own])] };
}

/** `41 incidents: 29 automatic, 9 asked, 3 blocked`. */
export function tally(incidents: readonly BacktestIncident[], of: (one: BacktestIncident) => Course): string {
  const counted = countBy(incidents, of);
  const { unknown, ...known } = counted;
  const parts = Object.entries(known).map(([word, count]) => `${count} ${word}`);
  const total = incidents.length === 1 ? '1 incident' : `${incidents.length} incidents`;
  return `${total}: ${[...parts, ...(unknown > 0 ? [`${unknown} unknown`] : [])].join(', ')}`;
}

export function countBy(
  incidents: readonly BacktestIncident[],
  of: (one: BacktestIncident) => Course,
): Record<Course, number> {
  const count = (course: Course) => incidents.filter((one) => of(one) === course).length;
  return {
    automatic: count('automatic'),
    asked: count('asked'),
    blocked: count('blocked'),
    unknown: count('unknown'),
  };
}
