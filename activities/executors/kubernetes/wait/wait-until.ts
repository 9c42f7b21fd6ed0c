import { KubernautError } from '../../../../plan/errors';
import type { Cluster, KubeObject, ListQuery } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { Mirror } from './mirror';

/** What a look at the objects says. */
export type Verdict<T> =
  | { state: 'met'; value: T }
  /** It can no longer come true: the wait ends early. */
  | { state: 'failed'; reason: string }
  /** `reason` feeds the live progress; `recheckInMs`: look again then even if nothing changes (stability windows). */
  | { state: 'waiting'; reason: string; recheckInMs?: number };

export interface Wait<T> {
  /** For messages: `rollout of shop/web`. */
  what: string;
  queries: readonly ListQuery[];
  /** Called with the objects of each query, in the order of `queries`, after every change. Must be pure but for its own memory. */
  evaluate(objects: KubeObject[][]): Verdict<T>;
  /** Is handed a function that makes the wait look again at once, for changes that no watch shows. */
  onWake?(resume: () => void): void;
}

const HEARTBEAT_MS = 2_000;

/**
 * Waits by watching, never by polling, until `evaluate` says met or failed. Reports the waiting reason as progress whenever it
 * changes and every 2 s. Throws `DEADLINE_EXCEEDED` with the last reason at `ctx.deadline`, `CANCELLED` as soon as the signal
 * aborts, and what the API refuses for good. An unreachable API server is waited out.
 */
export async function waitUntil<T>(
  ctx: ActionContext,
  wait: Wait<T>,
): Promise<{ met: true; value: T } | { met: false; reason: string }> {
  const stop = new AbortController();
  let wake: () => void = () => undefined;
  let dirty = true;
  const notify = () => {
    dirty = true;
    wake();
  };
  ctx.signal.addEventListener('abort', notify, { once: true });
  wait.onWake?.(notify);
  const cluster = readUntil(ctx.cluster, stop.signal);
  const mirrors = wait.queries.map((query) => new Mirror(cluster, ctx.clock, query, notify));
  const running = mirrors.map((mirror) => mirror.run(stop.signal));
  let reason = 'reading the cluster';
  let reported: string | undefined;
  try {
    for (;;) {
      throwIfCancelled(ctx, wait.what);
      dirty = false;
      const fatal = mirrors.find((mirror) => mirror.fatal)?.fatal;
      if (fatal) throw fatal;
      let recheck = HEARTBEAT_MS;
      if (mirrors.every((mirror) => mirror.synced)) {
        const verdict = wait.evaluate(mirrors.map((mirror) => mirror.items()));
        if (verdict.state === 'met') return { met: true, value: verdict.value };
        if (verdict.state === 'failed') return { met: false, reason: verdict.reason };
        reason = verdict.reason;
        recheck = Math.min(recheck, verdict.recheckInMs ?? recheck);
      }
      const trouble = mirrors.find((mirror) => mirror.trouble)?.trouble;
      const now = trouble ? `${reason} (${trouble})` : reason;
      const left = ctx.deadline - ctx.clock.now();
      if (left <= 0) throw new KubernautError('DEADLINE_EXCEEDED', `${wait.what}: ${now}`);
      if (now !== reported) ctx.progress((reported = now));
      const slept = await pause(
        ctx,
        Math.min(recheck, left),
        (resume) => (wake = resume),
        () => dirty,
      );
      if (slept === 'timer') ctx.progress(now);
    }
  } finally {
    ctx.signal.removeEventListener('abort', notify);
    stop.abort();
    await Promise.all(running);
  }
}

/** The reads of a wait must end with it: a list under way would hold up the action for the length of its timeout. */
function readUntil(cluster: Cluster, signal: AbortSignal): Cluster {
  return cluster.boundTo?.(signal) ?? cluster;
}

/** Sleeps, or less when woken. */
async function pause(
  ctx: ActionContext,
  ms: number,
  onWake: (resume: () => void) => void,
  dirty: () => boolean,
): Promise<'timer' | 'event'> {
  if (dirty()) return 'event';
  const timer = new AbortController();
  let woken = false;
  onWake(() => {
    woken = true;
    timer.abort();
  });
  await ctx.clock.sleep(ms, timer.signal).catch(() => undefined);
  return woken ? 'event' : 'timer';
}

export function throwIfCancelled(ctx: ActionContext, what: string): void {
  if (ctx.signal.aborted) throw new KubernautError('CANCELLED', `${what}: cancelled`);
}
