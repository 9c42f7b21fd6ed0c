import type { GuardLimits, GuardState } from './model';

/** Failures that still count: one is forgiven for every full `openMs` since the last one. */
export function failuresNow(state: GuardState, now: number): number {
  const breaker = state.limits?.breaker;
  if (breaker === undefined || state.failures === 0) return state.failures;
  return Math.max(0, state.failures - Math.floor((now - state.failedAt) / breaker.openMs));
}

/** Until when the breaker keeps everybody out; undefined: it does not. After that one attempt at a time may show that it helps. */
export function openUntil(state: GuardState, now: number): number | undefined {
  const breaker = state.limits?.breaker;
  if (breaker === undefined || failuresNow(state, now) < breaker.failures) return undefined;
  return state.failedAt + breaker.openMs;
}

/** Counts never exceed the threshold, so that each period of `openMs` really forgives one. */
export function countFailure(state: GuardState, now: number): void {
  const most = state.limits?.breaker?.failures ?? 1;
  state.failures = Math.min(most, failuresNow(state, now) + 1);
  state.failedAt = now;
}

export function forgive(state: GuardState): void {
  state.failures = 0;
}

/** When a count of failures is over for good. */
export function forgivenAt(state: GuardState, { breaker }: GuardLimits): number | undefined {
  return breaker && state.failures > 0 ? state.failedAt + state.failures * breaker.openMs : undefined;
}
