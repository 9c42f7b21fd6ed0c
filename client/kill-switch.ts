import type { Client } from '@temporalio/client';
import { stopOrderOf } from '../activities/stop/brake';
import { engageStop, releaseStop } from '../activities/stop/engage';
import { didYouMean } from '../plan/close-names';
import { WorkflowType } from '../plan/steering';
import {
  stopScopeOf,
  stopScopeText,
  stopsOf,
  stopWorkflowId,
  type ReleaseRequest,
  type StopOrder,
  type StopScope,
} from '../plan/stop/stop-order';
import { ClientError, ClientErrorKind } from './errors';
import { translateError } from './translate-error';

export interface EngagedSwitch extends StopOrder {
  scope: StopScope;
}

export interface KillSwitchOptions {
  /** Task queue of the workflows. Default `kubernaut`. */
  taskQueue?: string;
  /** Time that one call may take, in milliseconds. Default 10 s. */
  callTimeoutMs?: number;
}

/**
 * The kill switch, for the CLI, the HTTP bridge and tests alike: no new step that changes anything, in one cluster or anywhere.
 * What is under way goes on, and undo always works. Every method throws `ClientError`.
 */
export class KillSwitch {
  private readonly taskQueue: string;
  private readonly callTimeoutMs: number;

  constructor(
    private readonly client: Client,
    { taskQueue = 'kubernaut', callTimeoutMs = 10_000 }: KillSwitchOptions = {},
  ) {
    this.taskQueue = taskQueue;
    this.callTimeoutMs = callTimeoutMs;
  }

  /** Engages it; workers obey within seconds. `already`: it was engaged before, and stays as it was. */
  async engage(
    cluster: string | undefined,
    order: { by: string; reason: string },
  ): Promise<EngagedSwitch & { already: boolean }> {
    const scope = scopeOf(cluster);
    return this.call('engage the kill switch', scope, async () => {
      const already = !(await engageStop(this.client, scope, order, this.taskQueue));
      const now = await stopOrderOf(this.client, stopWorkflowId(scope));
      const { by, reason, since } = now ?? { ...order, since: new Date().toISOString() };
      return { id: stopWorkflowId(scope), scope, by, reason, since, already };
    });
  }

  /**
   * Releases it; stopped remediations go on. `pending`: no worker has taken the release yet, it holds until one does.
   *
   * @throws ClientError `refused` when it is not engaged, or when another one of the same cluster would go on to stop steps
   */
  async release(cluster: string | undefined, request: ReleaseRequest): Promise<{ scope: StopScope; pending: boolean }> {
    const scope = scopeOf(cluster);
    const id = stopWorkflowId(scope);
    return this.call('release the kill switch', scope, async () => {
      if (!(await releaseStop(this.client, scope, request))) throw await this.notEngaged(scope);
      // A moment, so that whoever released it hears of a missing worker now.
      for (let tries = 0; tries < 30; tries++) {
        if ((await stopOrderOf(this.client, id)) === undefined) return { scope, pending: false };
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return { scope, pending: true };
    });
  }

  /** Switches that are engaged: everywhere, and in the clusters named; others are found with a delay of about a second. */
  async status(clusters: readonly string[] = []): Promise<EngagedSwitch[]> {
    return this.call('ask for the kill switch', undefined, async () => {
      const ids = new Set([{ kind: 'global' } as StopScope, ...clusters.flatMap(stopsOf)].map(stopWorkflowId));
      const query = `WorkflowType = '${WorkflowType.stop}' AND ExecutionStatus = 'Running'`;
      for await (const { workflowId } of this.client.workflow.list({ query })) ids.add(workflowId);
      const orders = await Promise.all([...ids].sort().map((id) => stopOrderOf(this.client, id)));
      return orders.flatMap((order) => {
        const scope = order && stopScopeOf(order.id);
        return order && scope ? [{ ...order, scope }] : [];
      });
    });
  }

  private async notEngaged(scope: StopScope): Promise<ClientError> {
    const cluster = scope.kind === 'global' ? [] : [scope.cluster];
    const others = (await this.status(cluster)).map((other) => stopScopeText(other.scope));
    const remedy =
      others.length === 0
        ? 'Nothing is stopped.'
        : `Engaged: ${others.join(', ')}. That of a ConfigMap is released there (data.stop: "false").`;
    return new ClientError(ClientErrorKind.refused, `The kill switch (${stopScopeText(scope)}) is not engaged.`, {
      remedy,
    });
  }

  private async call<T>(doing: string, scope: StopScope | undefined, fn: () => Promise<T>): Promise<T> {
    try {
      return await this.client.withDeadline(Date.now() + this.callTimeoutMs, fn);
    } catch (error) {
      const place = { namespace: this.client.options.namespace, taskQueue: this.taskQueue };
      throw translateError(error, { ...place, doing, ...(scope && { id: stopWorkflowId(scope) }) });
    }
  }
}

/**
 * A switch of a cluster that nobody has stops nothing. Not refused, since the settings at hand need not name every cluster,
 * but said. undefined: the name is known, or there is none to compare it with.
 */
export function unknownClusterWarning(cluster: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || known.includes(cluster)) return undefined;
  const remedy = didYouMean(cluster, known, `They name ${known.join(', ')}.`);
  return `The settings name no cluster ${cluster}; if it is misspelt, nothing is stopped. ${remedy}`;
}

function scopeOf(cluster: string | undefined): StopScope {
  return cluster === undefined ? { kind: 'global' } : { kind: 'cluster', cluster };
}
