import type { WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowType } from '../plan/steering';
import { searchAttributeKeys as keys } from '../plan/search-attributes';

export interface ListFilter {
  /** Phase of a run: `awaiting_approval`, `running`, … */
  state?: string;
  outcome?: string;
  cluster?: string;
  namespace?: string;
  /** `Deployment/shop/web`, as shown by `list`. */
  target?: string;
  /** Has a step with this action. */
  action?: string;
  /** At most so many, running ones first, then newest first. Default 50. */
  limit?: number;
}

/** One line of a list; from the visibility store, hence up to a second or so behind. */
export interface RemediationInfo {
  id: string;
  runId: string;
  /** Of the workflow: `running`, `completed`, `failed`, `cancelled`, `terminated`, `timed_out`. */
  status: string;
  state?: string;
  outcome?: string;
  cluster?: string;
  namespace?: string;
  target?: string;
  actions: string[];
  risk?: string;
  dryRun: boolean;
  waitsForApproval: boolean;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string;
  /** Of the whole run; then what was done is undone. ISO 8601. */
  deadline?: string;
}

/** A List Filter; https://docs.temporal.io/list-filter */
export function listQuery(filter: ListFilter = {}): string {
  const clauses = [`WorkflowType = ${quote(WorkflowType.remediation)}`];
  const add = (key: { name: string }, value: string | undefined): void => {
    if (value !== undefined) clauses.push(`${key.name} = ${quote(value)}`);
  };
  add(keys.state, filter.state);
  add(keys.outcome, filter.outcome);
  add(keys.cluster, filter.cluster);
  add(keys.namespace, filter.namespace);
  add(keys.target, filter.target);
  add(keys.actions, filter.action);
  return clauses.join(' AND ');
}

export function idPrefixQuery(prefix: string): string {
  return `WorkflowId STARTS_WITH ${quote(prefix)}`;
}

/** Quotes are doubled: a value can never end the string and add a clause of its own. */
function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

export function toRemediationInfo(
  info: Pick<
    WorkflowExecutionInfo,
    'workflowId' | 'runId' | 'status' | 'startTime' | 'closeTime' | 'typedSearchAttributes'
  >,
): RemediationInfo {
  const attributes = info.typedSearchAttributes;
  const state = attributes.get(keys.state);
  const running = info.status.name === 'RUNNING';
  return {
    id: info.workflowId,
    runId: info.runId,
    status: info.status.name.toLowerCase(),
    state,
    outcome: attributes.get(keys.outcome),
    cluster: attributes.get(keys.cluster),
    namespace: attributes.get(keys.namespace),
    target: attributes.get(keys.target),
    actions: attributes.get(keys.actions) ?? [],
    risk: attributes.get(keys.risk),
    dryRun: attributes.get(keys.dryRun) ?? false,
    waitsForApproval: running && state === 'awaiting_approval',
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString(),
    deadline: attributes.get(keys.deadline)?.toISOString(),
  };
}
