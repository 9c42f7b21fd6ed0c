import type { ApiCall } from './api-call';
import type { RunRecords } from './reconcile';

/** Where to begin to look: the record of a change next in time, of the same object if there is one. */
export interface NearestRun {
  workflowId: string;
  what: string;
  at: string;
  target?: string;
  sameObject: boolean;
}

export function nearestTo(call: ApiCall, runs: readonly RunRecords[]): { nearest?: NearestRun } {
  const names = [call.namespace, call.name].filter(Boolean).join('/');
  let nearest: { run: NearestRun; distance: number } | undefined;
  for (const { workflowId, records } of runs) {
    for (const { phase, at, target, what } of records) {
      if (phase !== 'execute' && phase !== 'rollback') continue;
      const sameObject = names !== '' && target?.endsWith(`/${names}`) === true;
      const distance = Math.abs(Date.parse(at) - call.at);
      const isNearer =
        nearest === undefined ||
        (sameObject === nearest.run.sameObject ? distance < nearest.distance : sameObject && !nearest.run.sameObject);
      if (!isNearer) continue;
      nearest = { run: { workflowId, what, at, ...(target && { target }), sameObject }, distance };
    }
  }
  return nearest ? { nearest: nearest.run } : {};
}
