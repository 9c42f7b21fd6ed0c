import { inOrder, obstacle } from './admission';
import type { GuardState, Waiter } from './model';
import { checkAt, lingersUntil } from './reduce';
import { idleAt } from './retention';

/** When time alone next changes something; undefined: never. */
export function nextWake(state: GuardState, now: number): number | undefined {
  const times: number[] = [];
  const ahead: Waiter[] = [];
  for (const waiter of inOrder(state.queue)) {
    times.push(waiter.since + waiter.maxWaitMs);
    const barred = obstacle(state, waiter, ahead, now);
    if (barred?.until === undefined) ahead.push(waiter);
    else times.push(barred.until);
  }
  for (const held of state.holders) times.push(lingersUntil(state, held) ?? Infinity);
  const check = checkAt(state);
  if (check !== undefined) times.push(check);
  if (state.holders.length === 0 && state.queue.length === 0) times.push(idleAt(state));
  return times.length === 0 ? undefined : Math.min(...times);
}
