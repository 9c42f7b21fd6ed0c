import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { TypedSearchAttributes, type SearchAttributePair } from '@temporalio/common';
import {
  type Alert,
  type IncidentAbort,
  incidentOf,
  type IncidentOwner,
  IncidentPhase,
  IncidentQuery,
  IncidentSignal,
  type IncidentStatus,
  type InvestigateRequest,
  ownerOfIncidentId,
  type PushedRecommendations,
} from '../../plan/incident';
import { searchAttributeKeys as keys } from '../../plan/search-attributes';
import { WorkflowType } from '../../plan/steering';
import { ClientError, ClientErrorKind } from '../errors';
import { targetName } from '../search-attributes';
import { sendUpdate } from '../send-update';
import { translateError } from '../translate-error';

export interface IncidentsOptions {
  /** Task queue of the workflows. Default `kubernaut`. */
  taskQueue?: string;
  /** Time that one call may take, in milliseconds. Default 10 s. */
  callTimeoutMs?: number;
}

/** One line of a list; from the visibility store, hence up to a second or so behind. */
export interface IncidentInfo {
  id: string;
  runId: string;
  /** Of the workflow: `running`, `completed`, `failed`, … */
  status: string;
  state?: string;
  outcome?: string;
  alert?: string;
  owner?: IncidentOwner;
  /** ISO 8601. */
  startedAt: string;
  endedAt?: string;
}

export interface IncidentFilter {
  state?: string;
  outcome?: string;
  cluster?: string;
  namespace?: string;
  /** At most so many, running ones first, then newest first. Default 50. */
  limit?: number;
}

/** What an incident can be told, as its signals take it. */
type Message =
  | { signal: typeof IncidentSignal.alert; payload: Alert }
  | { signal: typeof IncidentSignal.investigate; payload: InvestigateRequest }
  | { signal: typeof IncidentSignal.recommendations; payload: PushedRecommendations };

/** How the outside tells of problems and asks about them. Every method throws `ClientError` for what a caller can do about. */
export class Incidents {
  private readonly taskQueue: string;
  private readonly callTimeoutMs: number;

  constructor(
    private readonly client: Client,
    options: IncidentsOptions = {},
  ) {
    this.taskQueue = options.taskQueue ?? 'kubernaut';
    this.callTimeoutMs = options.callTimeoutMs ?? 10_000;
  }

  /**
   * Hands something to the incident of this owner, which is started when none is running. When this returns, Temporal has it
   * on disk. Returns the workflow id.
   */
  async tell(owner: IncidentOwner, { signal, payload }: Message): Promise<string> {
    const { workflowId, input } = incidentOf(owner);
    const alert = signal === IncidentSignal.alert ? payload.name : undefined;
    await this.call({ doing: 'hand it to the incident', id: workflowId }, () =>
      this.client.workflow.signalWithStart(WorkflowType.incident, {
        workflowId,
        taskQueue: this.taskQueue,
        args: [input],
        signal,
        signalArgs: [payload],
        staticSummary: summary(owner, alert),
        typedSearchAttributes: attributes(owner, alert),
      }),
    );
    return workflowId;
  }

  async list(filter: IncidentFilter = {}): Promise<IncidentInfo[]> {
    const limit = filter.limit ?? 50;
    return this.call({ doing: 'list incidents' }, async () => {
      const found: IncidentInfo[] = [];
      const query = incidentQuery(filter);
      for await (const info of this.client.workflow.list({ query, pageSize: Math.min(limit, 200) })) {
        if (info.status.name === 'CONTINUED_AS_NEW') continue;
        found.push(toIncidentInfo(info));
        if (found.length >= limit) break;
      }
      return found;
    });
  }

  /** What the server says about one; needs no worker. */
  async get(id: string): Promise<IncidentInfo> {
    const info = await this.call({ doing: 'look it up', id }, () => this.client.workflow.getHandle(id).describe());
    if (info.type === WorkflowType.incident) return toIncidentInfo(info);
    throw new ClientError(ClientErrorKind.conflict, `${id} is a workflow of type ${info.type}, not an incident.`);
  }

  /** Needs a worker, also for an incident that has ended. */
  async status(id: string): Promise<IncidentStatus> {
    await this.get(id);
    return this.call({ doing: 'ask for its status', id, needsWorker: true }, () =>
      this.client.workflow.getHandle(id).query<IncidentStatus>(IncidentQuery.status),
    );
  }

  /**
   * Ends an incident in any phase, so that nothing further begins; a remediation under way brings back what it did, unless the
   * request says otherwise. Returns the incident's answer, a sentence, once it has taken it in, not when it has ended.
   */
  async abort(id: string, request: IncidentAbort, requestId?: string): Promise<string> {
    const { status } = await this.get(id);
    if (status !== 'running') throw alreadyEnded(id, ` (${status})`);
    try {
      const answer = await this.call({ doing: 'abort', id, needsWorker: true }, () =>
        sendUpdate(this.client.workflow.getHandle(id), {
          ...{ name: IncidentSignal.abort, request, requestId, until: Date.now() + this.callTimeoutMs },
        }),
      );
      return String(answer);
    } catch (error) {
      // It may have ended between the two calls; the server then answers as if there were no such workflow.
      throw error instanceof ClientError && error.kind === ClientErrorKind.notFound ? alreadyEnded(id, '') : error;
    }
  }

  private async call<T>(what: { doing: string; id?: string; needsWorker?: boolean }, fn: () => Promise<T>): Promise<T> {
    try {
      return await this.client.withDeadline(Date.now() + this.callTimeoutMs, fn);
    } catch (error) {
      throw translateError(error, {
        ...{ about: 'incident', namespace: this.client.options.namespace, taskQueue: this.taskQueue },
        ...what,
      });
    }
  }
}

function alreadyEnded(id: string, how: string): ClientError {
  return new ClientError(ClientErrorKind.ended, `${id} has already ended${how}; there is nothing left to abort.`, {
    remedy: `\`kubernaut incident show ${id}\` shows how it ended.`,
  });
}

export function incidentQuery(filter: IncidentFilter): string {
  const clauses = [`WorkflowType = '${WorkflowType.incident}'`];
  const add = (key: { name: string }, value: string | undefined): void => {
    // A value can never end the string and add a clause of its own.
    if (value !== undefined) {
      clauses.push(`${key.name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`);
    }
  };
  add(keys.state, filter.state);
  add(keys.outcome, filter.outcome);
  add(keys.cluster, filter.cluster);
  add(keys.namespace, filter.namespace);
  return clauses.join(' AND ');
}

function toIncidentInfo(
  info: Pick<
    WorkflowExecutionInfo,
    'workflowId' | 'runId' | 'status' | 'startTime' | 'closeTime' | 'typedSearchAttributes'
  >,
): IncidentInfo {
  const attribute = info.typedSearchAttributes;
  return {
    id: info.workflowId,
    runId: info.runId,
    status: info.status.name.toLowerCase(),
    state: attribute.get(keys.state),
    outcome: attribute.get(keys.outcome),
    alert: attribute.get(keys.alert),
    owner: ownerOfIncidentId(info.workflowId),
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString(),
  };
}

/** The server refuses summaries of more than 400 bytes. */
function summary(owner: IncidentOwner, alert: string | undefined): string {
  const text = alert === undefined ? targetName(owner) : `${alert}: ${targetName(owner)}`;
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}

/** What is known before the incident has run; Elasticsearch and SQL cut keywords at 255 bytes, so longer ones are left out. */
function attributes(owner: IncidentOwner, alert: string | undefined): TypedSearchAttributes {
  const pairs: SearchAttributePair[] = [{ key: keys.state, value: IncidentPhase.resolving }];
  const add = (key: (typeof keys)['cluster' | 'namespace' | 'target' | 'alert'], value: string | undefined): void => {
    if (value !== undefined && Buffer.byteLength(value) <= 255) pairs.push({ key, value });
  };
  add(keys.cluster, owner.cluster);
  add(keys.namespace, owner.namespace);
  add(keys.target, targetName(owner));
  add(keys.alert, alert);
  return new TypedSearchAttributes(pairs);
}
