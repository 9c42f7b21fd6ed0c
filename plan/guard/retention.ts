import { forgivenAt, failuresNow } from './breaker';
import type { GuardState } from './model';

/** More than these are not needed to judge, whatever the windows are. */
const MAX_RECORDS = 200;

/** Nobody asks for a guard so long after having looked at its target. */
const ACTED_MS = 60_000;

/** Drops what is too old to decide about anything. */
export function forget(state: GuardState, now: number): void {
  const { rate } = state.limits ?? {};
  state.records = state.records.filter(({ at }) => at + recordMs(state) > now).slice(-MAX_RECORDS);
  state.admitted = state.admitted.filter((at) => at + (rate?.windowMs ?? 0) > now);
  if (failuresNow(state, now) === 0) state.failures = 0;
  if (state.actedAt !== undefined && state.actedAt + ACTED_MS <= now) delete state.actedAt;
}

function recordMs({ limits }: GuardState): number {
  return Math.max(limits?.cooldownMs ?? 0, limits?.oscillation?.windowMs ?? 0);
}

/** Nothing is held, waited for or remembered: the guard may end; the next request starts another. */
export function isIdle(state: GuardState): boolean {
  const { holders, queue, records, admitted, failures } = state;
  const counted = holders.length + queue.length + records.length + admitted.length + failures;
  return counted === 0 && state.actedAt === undefined;
}

/** When a guard that nobody holds will have forgotten everything. */
export function idleAt(state: GuardState): number {
  const ends = [
    ...state.records.map(({ at }) => at + recordMs(state)),
    ...state.admitted.map((at) => at + (state.limits?.rate?.windowMs ?? 0)),
    (state.limits && forgivenAt(state, state.limits)) ?? 0,
    state.actedAt === undefined ? 0 : state.actedAt + ACTED_MS,
  ];
  return Math.max(0, ...ends);
}
