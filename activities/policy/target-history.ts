import type { Client } from '@temporalio/client';
import { Outcome } from '../../plan/outcome';
import { historyKey, type PastRemediation, type PolicyRequest } from '../../plan/policy/request';
import { changesSomething } from '../../plan/policy/variables';
import { searchAttributeKeys as keys } from '../../plan/search-attributes';
import { WorkflowType } from '../../plan/steering';

/** Targets of one plan that are looked up, and runs that are read in all: a bound on work, not on what may exist. */
const MAX_TARGETS = 20;
const MAX_RUNS = 200;
const HOURS = 24;

/** Runs that ended before anything was changed say nothing about whether a fix held. */
const acted: ReadonlySet<string> = new Set([
  Outcome.succeeded,
  Outcome.rolledBack,
  Outcome.rollbackFailed,
  Outcome.failed,
  Outcome.aborted,
]);

/**
 * Earlier remediations of the plan's targets in the last 24 hours, newest first, from Temporal's visibility store (about a
 * second behind). A remediation is found by its first target.
 *
 * @param self workflow id of the run that asks: it is no history of itself
 * @param until what ended later was not known; for questions about the past. Milliseconds, default: no bound
 */
export async function targetHistory(
  client: Client,
  { plan, steps, only }: PolicyRequest,
  now: number,
  { self, until = Number.POSITIVE_INFINITY }: { self: string; until?: number },
): Promise<Map<string, PastRemediation[]>> {
  const asked = steps.filter((step) => changesSomething(step) && (only ?? step.id) === step.id);
  const targets = [...new Set(asked.flatMap(({ target }) => (target ? [historyKey(target)] : [])))];
  const found = new Map<string, PastRemediation[]>();
  if (targets.length === 0) return found;
  const since = new Date(now - HOURS * 3_600_000).toISOString();
  const query = [
    `WorkflowType = ${quote(WorkflowType.remediation)}`,
    `${keys.cluster.name} = ${quote(plan.cluster)}`,
    `${keys.target.name} IN (${targets.slice(0, MAX_TARGETS).map(quote).join(', ')})`,
    `StartTime > ${quote(since)}`,
    // Runs of later days must not use up the bound.
    ...(Number.isFinite(until) ? [`StartTime <= ${quote(new Date(until).toISOString())}`] : []),
  ].join(' AND ');
  let read = 0;
  for await (const info of client.workflow.list({ query, pageSize: MAX_RUNS })) {
    if (++read > MAX_RUNS) break;
    const target = info.typedSearchAttributes.get(keys.target);
    const outcome = info.typedSearchAttributes.get(keys.outcome);
    if (target === undefined || outcome === undefined || !acted.has(outcome) || info.workflowId === self) continue;
    const at = (info.closeTime ?? info.startTime).getTime();
    if (at <= until) found.set(target, [...(found.get(target) ?? []), { at, outcome }]);
  }
  for (const past of found.values()) past.sort((a, b) => b.at - a.at);
  return found;
}

function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
