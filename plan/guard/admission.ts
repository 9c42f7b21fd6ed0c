import { openUntil } from './breaker';
import type { GuardState, Waiter } from './model';
import { oscillation } from './oscillation';

/** What keeps a waiter out. */
export interface Obstacle {
  why: string;
  behind?: string[];
  /** When it is over, if that is known. */
  until?: number;
  /** It is not a matter of waiting: a person must look at it. */
  escalates?: boolean;
}

/** Who is in front of whom: break-glass, then priority, then arrival. */
export function inOrder(queue: readonly Waiter[]): Waiter[] {
  const rank = (waiter: Waiter) => (waiter.breakGlass === undefined ? 0 : 1);
  return [...queue].sort((a, b) => rank(b) - rank(a) || b.priority - a.priority || a.seq - b.seq);
}

/** Why this waiter is not admitted now; undefined: it is. `ahead` are those in front that are only kept out by the capacity. */
export function obstacle(
  state: GuardState,
  waiter: Waiter,
  ahead: readonly Waiter[],
  now: number,
): Obstacle | undefined {
  return (waiter.breakGlass === undefined ? ownObstacle(state, waiter, now) : undefined) ?? full(state, waiter, ahead);
}

function ownObstacle(state: GuardState, waiter: Waiter, now: number): Obstacle | undefined {
  const breaker = openUntil(state, now);
  if (breaker !== undefined) {
    const why = `${state.limits!.breaker!.failures} remediations failed here; nothing is tried until ${iso(breaker)}`;
    return { why, until: breaker, escalates: true };
  }
  const circles = oscillation(state, waiter.acts, now);
  if (circles !== undefined) return { why: circles, escalates: true };
  return cooldown(state, waiter, now) ?? rate(state, now);
}

function cooldown(state: GuardState, waiter: Waiter, now: number): Obstacle | undefined {
  let longest: Obstacle | undefined;
  for (const { action, until, after } of cooldowns(state, now)) {
    if (until <= (longest?.until ?? 0) || !waiter.acts.some((act) => act.action === action)) continue;
    longest = { why: `cooldown of ${action} after ${after} until ${iso(until)}`, until };
  }
  return longest;
}

export function cooldowns(state: GuardState, now: number): { action: string; until: number; after: string }[] {
  const { cooldownMs = 0 } = state.limits ?? {};
  const last = new Map(
    state.records
      .filter(({ result, at }) => result === 'succeeded' && at + cooldownMs > now)
      .map((record) => [record.action, record]),
  );
  return [...last.values()].map(({ action, at, holder }) => ({ action, until: at + cooldownMs, after: holder }));
}

function rate(state: GuardState, now: number): Obstacle | undefined {
  const limit = state.limits?.rate;
  if (limit === undefined) return undefined;
  const recent = state.admitted.filter((at) => at + limit.windowMs > now);
  if (recent.length < limit.max) return undefined;
  const until = recent[recent.length - limit.max]! + limit.windowMs;
  return { why: `${limit.max} within ${Math.round(limit.windowMs / 1000)} s is the limit, until ${iso(until)}`, until };
}

function full(state: GuardState, waiter: Waiter, ahead: readonly Waiter[]): Obstacle | undefined {
  const { capacity, exclusive } = state.limits!;
  if (state.holders.length + ahead.length < capacity) return undefined;
  if (waiter.breakGlass !== undefined && !exclusive) return undefined;
  const behind = [...state.holders, ...ahead].map(({ holder }) => holder);
  const what = capacity === 1 ? 'held by' : `${capacity} at once is the limit; held by`;
  return { why: `${what} ${state.holders.map(({ holder }) => holder).join(', ')}`, behind };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}
