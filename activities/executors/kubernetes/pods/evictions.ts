import { KubernautError } from '../../../../plan/errors';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { podName } from './pod';

/** A namespace on its way out takes no evictions but deletes its pods itself. */
export function isNamespaceEnding({ code, message }: KubernautError): boolean {
  return code === 'REJECTED_BY_SERVER' && message.includes('being terminated');
}

interface Options {
  maxConcurrent: number;
  gracePeriodSeconds?: number;
  /** Called whenever an eviction has been answered. */
  onChange(): void;
}

/** Without a Retry-After, as kubectl does. */
const BUDGET_RETRY_MS = 5_000;
const RETRY_MS = 1_000;

/**
 * Evictions of the pods of one drain, some at a time. Each pod uid is evicted at most once: the eviction holds to uid *and*
 * resourceVersion, so that even a second worker that took over while the first one's request was under way cannot evict the
 * same pod again (its deletionTimestamp made a new version). A refusal by a budget is no failure, the pod is tried again.
 */
export class Evictions {
  readonly evicted = new Map<string, string>();
  /** Set when an eviction can never succeed; nothing new is started then. */
  failure: KubernautError | undefined;
  private readonly inFlight = new Map<string, Promise<void>>();
  private readonly postponed = new Map<string, { until: number; budget?: string; name: string; version?: string }>();

  constructor(
    private readonly ctx: ActionContext,
    private readonly options: Options,
  ) {}

  /** Starts what may be started now. Returns in how many milliseconds a postponed pod is due, if one is. */
  start(pods: readonly KubeObject[]): number | undefined {
    const now = this.ctx.clock.now();
    let due: number | undefined;
    for (const pod of pods) {
      if (this.failure || this.ctx.signal.aborted) return undefined;
      const { uid } = pod.metadata;
      if (this.evicted.has(uid) || this.inFlight.has(uid)) continue;
      const wait = this.postponed.get(uid);
      // After a conflict the version that was refused would be refused again; a newer one need not wait.
      const renewed = wait?.version !== undefined && wait.version !== pod.metadata.resourceVersion;
      if (wait && wait.until > now && !renewed) {
        due = Math.min(due ?? Infinity, wait.until - now);
        continue;
      }
      if (this.inFlight.size >= this.options.maxConcurrent) break;
      const running = this.evict(pod).finally(() => {
        this.inFlight.delete(uid);
        this.options.onChange();
      });
      this.inFlight.set(uid, running);
    }
    return due;
  }

  get busy(): boolean {
    return this.inFlight.size > 0;
  }

  /** What the budgets say, each once, of those pods that wait for one. */
  waitingForBudgets(pods: readonly KubeObject[]): { pods: string[]; budgets: string[] } {
    const waiting = pods
      .map((pod) => this.postponed.get(pod.metadata.uid))
      .filter((each) => each?.budget !== undefined);
    return {
      pods: waiting.map((each) => each?.name ?? ''),
      budgets: [...new Set(waiting.map((each) => each?.budget ?? ''))],
    };
  }

  /** Requests that are under way are let finish: what they did must be known before the drain says how it ended. */
  async settle(): Promise<void> {
    await Promise.all(this.inFlight.values());
  }

  private async evict(pod: KubeObject): Promise<void> {
    const { uid, resourceVersion, namespace = '', name } = pod.metadata;
    const { gracePeriodSeconds } = this.options;
    const postpone = (ms: number, more: { budget?: string; version?: string } = {}) =>
      this.postponed.set(uid, { until: this.ctx.clock.now() + ms, name: podName(pod), ...more });
    try {
      await this.ctx.cluster.evict({ namespace, name }, { uid, resourceVersion, gracePeriodSeconds });
      this.postponed.delete(uid);
      this.evicted.set(uid, podName(pod));
    } catch (error) {
      const known =
        error instanceof KubernautError ? error : new KubernautError('INTERNAL', String(error), { cause: error });
      switch (known.code) {
        case 'TARGET_NOT_FOUND':
        case 'TARGET_REPLACED':
          // Gone without us; the watch says so too.
          return;
        case 'DISRUPTION_BUDGET':
          postpone(known.retryAfterMs ?? BUDGET_RETRY_MS, { budget: known.message.replace(/^evict Pod \S+: /, '') });
          return;
        case 'CONFLICT':
          postpone(2 * RETRY_MS, { version: resourceVersion });
          return;
        case 'THROTTLED':
        case 'UNAVAILABLE':
          // Whether it was done is seen on the pod: a deletionTimestamp, or a new version.
          postpone(known.retryAfterMs ?? RETRY_MS);
          return;
        case 'REJECTED_BY_SERVER':
          if (isNamespaceEnding(known)) postpone(BUDGET_RETRY_MS);
          else this.failure ??= known;
          return;
        default:
          this.failure ??= known;
      }
    }
  }
}
