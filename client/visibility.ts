import type { WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowType } from '../plan/steering';
import { attributeKeys } from './search-attributes';

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
  add(attributeKeys.state, filter.state);
  add(attributeKeys.outcome, filter.outcome);
  add(attributeKeys.cluster, filter.cluster);
  add(attributeKeys.namespace, filter.namespace);
  add(attributeKeys.target, filter.target);
  add(attributeKeys.actions, filter.action);
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
  const state = attributes.get(attributeKeys.state);
  const running = info.status.name === 'RUNNING';
  return {
    id: info.workflowId,
    runId: info.runId,
    status: info.status.name.toLowerCase(),
    state,
    outcome: attributes.get(attributeKeys.outcome),
    cluster: attributes.get(attributeKeys.cluster),
    namespace: attributes.get(attributeKeys.namespace),
    target: attributes.get(attributeKeys.target),
    actions: attributes.get(attributeKeys.actions) ?? [],
    risk: attributes.get(attributeKeys.risk),
    dryRun: attributes.get(attributeKeys.dryRun) ?? false,
    waitsForApproval: running && state === 'awaiting_approval',
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString(),
    deadline: attributes.get(attributeKeys.deadline)?.toISOString(),
  };
}
