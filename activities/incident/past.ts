import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { IncidentOwner, IncidentResult, PastAnswer, PastInput } from '../../plan/incident';
import type { PastRemediation } from '../../plan/investigation';
import { searchAttributeKeys as keys } from '../../plan/search-attributes';
import { WorkflowType } from '../../plan/steering';

const MAX_PAST = 10;

/**
 * What was done about an incident's object before: by its last incident, whose result tells what held and how well, and by
 * remediations that people started. And the next free number of its remediations; a guess, the server has the last word.
 */
export async function pastOfTarget(client: Client, { incident, owner, runId }: PastInput): Promise<PastAnswer> {
  const [own, others] = await Promise.all([ofLastIncident(client, incident, runId), ofTarget(client, owner)]);
  const prefix = `remediation/${incident.replace(/^incident\//, '')}/`;
  const numbers = others.map(({ id }) => (id.startsWith(prefix) ? Number(id.slice(prefix.length)) : 0));
  const byHand = others.filter(({ id, past }) => past !== undefined && !id.startsWith(prefix));
  const past = [...own, ...byHand.flatMap((each) => each.past ?? [])];
  return {
    past: past.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, MAX_PAST),
    nextNumber: Math.max(0, ...numbers.filter((number) => Number.isInteger(number))) + 1,
  };
}

async function ofLastIncident(client: Client, incident: string, runId: string): Promise<PastRemediation[]> {
  const query = `WorkflowId = ${quote(incident)} AND ExecutionStatus IN ('Completed', 'Failed')`;
  for await (const info of client.workflow.list({ query, pageSize: 5 })) {
    if (info.runId === runId || info.type !== WorkflowType.incident) continue;
    return (await resultOf(client, incident, info.runId))?.past ?? [];
  }
  return [];
}

async function resultOf(client: Client, id: string, runId: string): Promise<Partial<IncidentResult> | undefined> {
  try {
    const handle = client.workflow.getHandle(id, runId, { followRuns: false });
    return (await handle.result()) as IncidentResult;
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    return cause instanceof ApplicationFailure ? (cause.details?.[0] as Partial<IncidentResult>) : undefined;
  }
}

async function ofTarget(client: Client, { cluster, kind, namespace, name }: IncidentOwner) {
  const target = [kind, namespace, name].filter((part) => part !== undefined).join('/');
  const query = [
    `WorkflowType = ${quote(WorkflowType.remediation)}`,
    `${keys.target.name} = ${quote(target)}`,
    `${keys.cluster.name} = ${quote(cluster)}`,
  ].join(' AND ');
  const found: { id: string; past?: PastRemediation }[] = [];
  for await (const info of client.workflow.list({ query, pageSize: 100 })) {
    const outcome = info.typedSearchAttributes.get(keys.outcome);
    const at = info.closeTime?.toISOString();
    const actions = info.typedSearchAttributes.get(keys.actions) ?? [];
    const done = outcome !== undefined && at !== undefined && info.typedSearchAttributes.get(keys.dryRun) !== true;
    found.push({ id: info.workflowId, ...(done && { past: { at, outcome, steps: [...actions] } }) });
    if (found.length >= 100) break;
  }
  return found;
}

function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
