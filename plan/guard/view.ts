import { cooldowns, inOrder, iso, obstacle } from './admission';
import { failuresNow, openUntil } from './breaker';
import type { GuardState, GuardView, WaitView, Waiter } from './model';

/** Everybody who waits, in the order of admission, and why. */
export function waits(state: GuardState, now: number): WaitView[] {
  const ahead: Waiter[] = [];
  return inOrder(state.queue).map((waiter, index) => {
    const barred = obstacle(state, waiter, ahead, now);
    if (barred?.until === undefined) ahead.push(waiter);
    return {
      holder: waiter.holder,
      position: index + 1,
      since: iso(waiter.since),
      why: barred?.why ?? 'it is next',
      behind: barred?.behind ?? [],
      ...(barred?.until !== undefined && { until: iso(barred.until) }),
      deadline: iso(waiter.since + waiter.maxWaitMs),
    };
  });
}

export function guardView(state: GuardState, now: number): GuardView {
  const open = openUntil(state, now);
  const of = state.limits?.breaker?.failures;
  return {
    scope: state.scope,
    capacity: state.limits?.capacity ?? 1,
    holders: state.holders.map(({ holder, token, since, acts, breakGlass }) => ({
      ...{ holder, token, since: iso(since), actions: [...new Set(acts.map(({ action }) => action))] },
      ...(breakGlass !== undefined && { breakGlass }),
    })),
    queue: waits(state, now),
    cooldowns: cooldowns(state, now).map((each) => ({ ...each, until: iso(each.until) })),
    breaker: {
      failures: failuresNow(state, now),
      ...(of !== undefined && { of }),
      ...(open !== undefined && { openUntil: iso(open) }),
    },
    notes: state.notes.map((note) => ({ ...note, at: iso(note.at) })),
  };
}
