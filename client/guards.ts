import type { Client } from '@temporalio/client';
import { GuardQuery, GuardUpdate, guardWorkflowId, type HandRequest } from '../plan/guard/messages';
import type { GuardView } from '../plan/guard/model';
import { MAIN_TASK_QUEUE } from '../plan/task-queues';
import { WorkflowType } from '../plan/steering';
import { ClientError, ClientErrorKind } from './errors';
import { translateError } from './translate-error';

const PREFIX = guardWorkflowId('');

/** How people look at guards and open them by hand. Every method throws `ClientError` for what a caller can do something about. */
export class Guards {
  constructor(
    private readonly client: Client,
    private readonly callTimeoutMs = 10_000,
  ) {}

  /** The guards that are held, waited for, or remember something; at most `limit`. A new one may take a second to appear. */
  async list(limit = 200): Promise<GuardView[]> {
    const scopes = await this.call('list guards', undefined, async () => {
      const found: string[] = [];
      const query = `WorkflowType = "${WorkflowType.guard}" AND ExecutionStatus = "Running"`;
      for await (const { workflowId } of this.client.workflow.list({ query, pageSize: Math.min(limit, 200) })) {
        found.push(workflowId.slice(PREFIX.length));
        if (found.length >= limit) break;
      }
      return found;
    });
    return Promise.all(scopes.sort().map((scope) => this.get(scope)));
  }

  /** `scope` as in `target/prod/Deployment/shop/web`; the whole workflow id does, too. */
  async get(scope: string): Promise<GuardView> {
    return this.call('ask the guard', scope, () => this.handle(scope).query<GuardView>(GuardQuery.guard));
  }

  /** Takes the guard away from its holders, which stop and undo what they did. */
  async release(scope: string, request: HandRequest): Promise<string> {
    return this.update(scope, GuardUpdate.releaseByHand, request);
  }

  /** Forgets cooldowns, failures and records: the next one is admitted. */
  async reset(scope: string, request: HandRequest): Promise<string> {
    return this.update(scope, GuardUpdate.reset, request);
  }

  private update(scope: string, name: string, request: HandRequest): Promise<string> {
    return this.call(name, scope, () =>
      this.handle(scope).executeUpdate<string, [HandRequest]>(name, { args: [request] }),
    );
  }

  private handle(scope: string) {
    return this.client.workflow.getHandle(scope.startsWith(PREFIX) ? scope : guardWorkflowId(scope));
  }

  private async call<T>(doing: string, id: string | undefined, fn: () => Promise<T>): Promise<T> {
    try {
      return await this.client.withDeadline(Date.now() + this.callTimeoutMs, fn);
    } catch (error) {
      const place = { namespace: this.client.options.namespace, taskQueue: MAIN_TASK_QUEUE };
      const known = translateError(error, { ...place, doing, ...(id !== undefined && { id }), needsWorker: true });
      if (!(known instanceof ClientError) || known.kind !== ClientErrorKind.notFound) throw known;
      throw new ClientError(ClientErrorKind.notFound, `In ${id} nothing is held, waited for or remembered.`, {
        remedy: '`kubernaut guard list` shows the guards there are.',
      });
    }
  }
}
