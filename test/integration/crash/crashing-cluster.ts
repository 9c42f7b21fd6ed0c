import type { ServedCluster } from '../../../activities/action-context';

/** Where the process dies: right after the server has answered the n-th write of a kind, before anybody hears of it. */
export interface CrashPoint {
  write: 'patch' | 'delete' | 'evict';
  count: number;
}

/** The cluster as it is, in a process that kills itself (SIGKILL: no handler runs, nothing is flushed) at the crash point. */
export function crashingCluster(cluster: ServedCluster, point: CrashPoint): ServedCluster {
  let seen = 0;
  const wrap = (inner: ServedCluster): ServedCluster =>
    new Proxy(inner, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (property === 'boundTo') {
          return (...args: Parameters<NonNullable<ServedCluster['boundTo']>>) =>
            wrap(target.boundTo!(...args) as ServedCluster);
        }
        if (typeof value !== 'function') return value;
        if (property !== point.write) return value.bind(target) as unknown;
        return async (...args: unknown[]): Promise<unknown> => {
          const result: unknown = await (value as (...args: unknown[]) => Promise<unknown>).apply(target, args);
          const options = args.at(-1) as { dryRun?: boolean } | undefined;
          if (!options?.dryRun && ++seen === point.count) process.kill(process.pid, 'SIGKILL');
          return result;
        };
      },
    });
  return wrap(cluster);
}
