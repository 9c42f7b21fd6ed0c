import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type { RemediationPlan } from '../plan/model';
import type { RemediationResult } from '../plan/outcome';
import {
  type AbortRequest,
  type ApproveRequest,
  type AuditFact,
  type HoldRequest,
  type OverrideRequest,
  type Preview,
  QueryName,
  type RejectRequest,
  type RemediationStatus,
  type RetryStepRequest,
  type RevokeRequest,
  type SignedOverride,
  type SignedRequest,
  type SkipStepRequest,
  Steering,
  WorkflowType,
} from '../plan/steering';
import { ClientError, ClientErrorKind } from './errors';
import type { ActionLookup } from './plan-summary';
import { resultOfFailure, resultWithoutOutcome } from './result-of-failure';
import { sendUpdate } from './send-update';
import { type Started, startRemediation } from './start-remediation';
import { translateError } from './translate-error';
import { type ListFilter, listQuery, type RemediationInfo, toRemediationInfo } from './visibility';
import { type WatchOptions, watchStatus } from './watch-status';

export interface RemediationsOptions {
  /** Task queue of the workflows. Default `kubernaut`. */
  taskQueue?: string;
  /** Facts about actions for the tables in the Web UI. Default: risk and undo are shown as unknown. */
  actions?: ActionLookup;
  /** Time that one call may take, in milliseconds; waiting for an end (`result`, `watch`) is not limited. Default 10 s. */
  callTimeoutMs?: number;
}

export interface StartOptions {
  /**
   * Workflow id. Given twice with the same plan, the second call attaches to the first run instead of starting another.
   * Default: `remediation/<plan or incident>/<n>` with the next free n.
   */
  id?: string;
  /** Stop after the preview, whatever the plan says. */
  dryRun?: boolean;
}

export interface WaitOptions {
  /** Ends the waiting, not the remediation. */
  signal?: AbortSignal;
}

/**
 * How the outside starts remediations, steers them and asks about them. Used by the CLI, the HTTP bridge, the demo and tests
 * alike. Every method throws `ClientError` for what a caller can do something about.
 */
export class Remediations {
  readonly taskQueue: string;
  private readonly actions: ActionLookup | undefined;
  private readonly callTimeoutMs: number;

  constructor(
    readonly client: Client,
    options: RemediationsOptions = {},
  ) {
    this.taskQueue = options.taskQueue ?? 'kubernaut';
    this.actions = options.actions;
    this.callTimeoutMs = options.callTimeoutMs ?? 10_000;
  }

  /** Starts a run; returns as soon as Temporal has it, whether or not a worker is there. */
  async start(plan: RemediationPlan, options: StartOptions = {}): Promise<Started> {
    const asked = options.dryRun ? { ...plan, spec: { ...plan.spec, dryRun: true } } : plan;
    const context = { client: this.client, taskQueue: this.taskQueue, actions: this.actions };
    return this.call({ doing: 'start the remediation', id: options.id }, () =>
      startRemediation(context, asked, options.id),
    );
  }

  /** Starts a dry run, waits for its end and hands back what would happen. Nothing is changed. */
  async previewPlan(
    plan: RemediationPlan,
    options: StartOptions & WaitOptions = {},
  ): Promise<Started & { preview: Preview; result: RemediationResult }> {
    const started = await this.start(plan, { ...options, dryRun: true });
    const result = await this.result(started.id, options);
    return { ...started, preview: await this.preview(started.id), result };
  }

  /** What the visibility store and the server say about a run; needs no worker. */
  async get(id: string): Promise<RemediationInfo> {
    return toRemediationInfo(await this.describe(id));
  }

  /** Running ones first, then newest first. New starts may take a second to appear. */
  async list(filter: ListFilter = {}): Promise<RemediationInfo[]> {
    const limit = filter.limit ?? 50;
    return this.call({ doing: 'list remediations' }, async () => {
      const found: RemediationInfo[] = [];
      if (limit <= 0) return found;
      const query = listQuery(filter);
      for await (const info of this.client.workflow.list({ query, pageSize: Math.min(limit, 200) })) {
        // A run that continued as new is the same remediation; its last run stands for all of them.
        if (info.status.name === 'CONTINUED_AS_NEW') continue;
        found.push(toRemediationInfo(info));
        if (found.length >= limit) break;
      }
      return found;
    });
  }

  /** Needs a worker, also for a remediation that has ended. */
  async status(id: string): Promise<RemediationStatus> {
    return this.query(id, QueryName.status);
  }

  async preview(id: string): Promise<Preview> {
    return this.query(id, QueryName.preview);
  }

  /** The plan as the workflow works with it, every default filled in. */
  async plan(id: string): Promise<RemediationPlan> {
    return this.query(id, QueryName.plan);
  }

  /** The workflow's own notes, refused approvals included; the event history (activities/audit/reader) is the full record. */
  async facts(id: string): Promise<AuditFact[]> {
    return this.query(id, QueryName.audit);
  }

  /**
   * Approves exactly the digest given; refused when something else is waiting by now. Returns the remediation's answer, a
   * sentence, as `reject` and `abort` do.
   */
  async approve(id: string, request: ApproveRequest | SignedRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.approve, request, requestId);
  }

  async reject(id: string, request: RejectRequest | SignedRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.reject, request, requestId);
  }

  /** Takes an approval back, unless something has begun on it; it is asked for again. */
  async revoke(id: string, request: RevokeRequest | SignedRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.revoke, request, requestId);
  }

  /** Changes params of steps that wait for approval: they are previewed again, and `approve` takes the new digest alone. */
  async override(id: string, request: OverrideRequest | SignedOverride, requestId?: string): Promise<string> {
    return this.update(id, Steering.override, request, requestId);
  }

  /** Ends the run in any state; what was done is undone unless the request says otherwise. */
  async abort(id: string, request: AbortRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.abort, request, requestId);
  }

  /** No new step starts until `resume`; what is under way goes on. */
  async pause(id: string, request: HoldRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.pause, request, requestId);
  }

  async resume(id: string, request: HoldRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.resume, request, requestId);
  }

  /** Like `pause`; besides, a failing step undoes nothing, and after `handBack` every step is previewed anew. */
  async takeOver(id: string, request: HoldRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.takeOver, request, requestId);
  }

  async handBack(id: string, request: HoldRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.handBack, request, requestId);
  }

  /** Leaves out a step that has not begun, or one that failed and waits for a decision. */
  async skipStep(id: string, request: SkipStepRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.skipStep, request, requestId);
  }

  /** Tries a failed step that waits for a decision (onFailure ask) again, once what it did is taken back. */
  async retryStep(id: string, request: RetryStepRequest, requestId?: string): Promise<string> {
    return this.update(id, Steering.retryStep, request, requestId);
  }

  /**
   * Waits for the end. A remediation that ended without success has a result like any other; only a run that cannot be found
   * or reached throws.
   */
  async result(id: string, options: WaitOptions = {}): Promise<RemediationResult> {
    await this.describe(id);
    try {
      return await this.waiting(id, options, (handle) => handle.result() as Promise<RemediationResult>);
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      return resultOfFailure(error.cause) ?? resultWithoutOutcome(error.cause, await this.statusIfAnswered(id));
    }
  }

  /** Yields the status now and whenever it has changed, the last time when the run has ended. */
  async *watch(id: string, options: WatchOptions & WaitOptions = {}): AsyncGenerator<RemediationStatus> {
    await this.describe(id);
    yield* watchStatus({
      ...options,
      status: () => this.ask(id, QueryName.status),
      ended: (signal) => this.result(id, { signal }),
    });
  }

  /** Refuses ids of other workflow types: the CLI must not steer somebody else's workflow by a slip of the finger. */
  private async describe(id: string): Promise<WorkflowExecutionDescription> {
    const description = await this.call({ doing: 'look it up', id }, () => this.handle(id).describe());
    if (description.type !== WorkflowType.remediation) {
      throw new ClientError(
        ClientErrorKind.conflict,
        `${id} is a workflow of type ${description.type}, not a remediation.`,
        {
          remedy: '`kubernaut list` shows the remediations.',
        },
      );
    }
    return description;
  }

  private async query<T>(id: string, name: string): Promise<T> {
    await this.describe(id);
    return this.ask(id, name);
  }

  private async ask<T>(id: string, name: string): Promise<T> {
    return this.call({ doing: `ask for its ${name}`, id, needsWorker: true }, () => this.handle(id).query<T>(name));
  }

  /** @param requestId makes the request idempotent: sent twice under one id, it happens once and has one answer */
  private async update(id: string, name: string, request: object, requestId?: string): Promise<string> {
    const { status } = await this.describe(id);
    if (status.name !== 'RUNNING') throw alreadyEnded(id, status.name, name);
    try {
      const answer = await this.call({ doing: name, id, needsWorker: true }, () =>
        sendUpdate(this.handle(id), { name, request, requestId, until: Date.now() + this.callTimeoutMs }),
      );
      return typeof answer === 'string' ? answer : `${name}: done`;
    } catch (error) {
      // It may have ended between the two calls; the server then answers as if there were no such workflow.
      const ended = error instanceof ClientError && error.kind === ClientErrorKind.notFound;
      throw ended ? alreadyEnded(id, 'ended', name) : error;
    }
  }

  /** A closed workflow keeps answering queries as long as a worker is there; without one, its end must do. */
  private async statusIfAnswered(id: string): Promise<RemediationStatus | undefined> {
    try {
      return await this.status(id);
    } catch {
      return undefined;
    }
  }

  private handle(id: string): WorkflowHandle {
    return this.client.workflow.getHandle(id);
  }

  private async waiting<T>(id: string, options: WaitOptions, fn: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    try {
      const run = (): Promise<T> => fn(this.handle(id));
      return await (options.signal === undefined ? run() : this.client.connection.withAbortSignal(options.signal, run));
    } catch (error) {
      options.signal?.throwIfAborted();
      throw translateError(error, { ...this.place, doing: 'wait for its end', id });
    }
  }

  private async call<T>(what: { doing: string; id?: string; needsWorker?: boolean }, fn: () => Promise<T>): Promise<T> {
    try {
      return await this.client.withDeadline(Date.now() + this.callTimeoutMs, fn);
    } catch (error) {
      throw translateError(error, { ...this.place, ...what });
    }
  }

  private get place(): { namespace: string; taskQueue: string } {
    return { namespace: this.client.options.namespace, taskQueue: this.taskQueue };
  }
}

function alreadyEnded(id: string, how: string, request: string): ClientError {
  const state = how === 'ended' ? 'has already ended' : `has already ended (${how.toLowerCase()})`;
  return new ClientError(ClientErrorKind.ended, `${id} ${state}; there is nothing left to ${request}.`, {
    remedy: `\`kubernaut show ${id}\` shows how it ended.`,
  });
}
