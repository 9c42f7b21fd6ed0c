import { inOrder, iso, obstacle, type Obstacle } from './admission';
import { countFailure, forgive } from './breaker';
import type { GuardCommand, GuardEvent, GuardNote, GuardState, Holder, Waiter } from './model';
import { forget } from './retention';
import { waits } from './view';

/** `token`: where fencing tokens begin; the start time of the guard in ms keeps them growing when an idle one ended and another began. */
export function initialGuard(scope: string, token: number): GuardState {
  return {
    ...{ scope, token, seq: 0, holders: [], queue: [], records: [], admitted: [] },
    ...{ failures: 0, failedAt: 0, checkedAt: token, notes: [] },
  };
}

export interface GuardDecision {
  state: GuardState;
  commands: GuardCommand[];
}

type Of<T extends GuardEvent['type']> = Extract<GuardEvent, { type: T }>;

/** The whole behaviour of a guard: what becomes of it and what is to be told to whom. Pure; `before` stays as it was. */
export function reduceGuard(before: GuardState, event: GuardEvent): GuardDecision {
  const work = new Work(before, event.at);
  work.take(event);
  work.admit(event.type === 'request' ? event.request.holder : undefined);
  work.check(event.type === 'tick');
  return { state: work.state, commands: work.commands };
}

class Work {
  readonly state: GuardState;
  readonly commands: GuardCommand[] = [];

  constructor(
    before: GuardState,
    private readonly at: number,
  ) {
    this.state = {
      ...before,
      holders: [...before.holders],
      queue: [...before.queue],
      records: [...before.records],
      admitted: [...before.admitted],
      notes: [...before.notes],
    };
    forget(this.state, at);
    this.state.holders = this.state.holders.filter((held) => at < (lingersUntil(this.state, held) ?? Infinity));
  }

  take(event: GuardEvent): void {
    switch (event.type) {
      case 'request':
        return this.request(event);
      case 'release':
        return this.release(event);
      case 'ended':
        return event.holders.forEach((one) => this.ended(one, event.idle === true));
      case 'release_by_hand':
        return this.releaseByHand(event);
      case 'reset':
        return this.reset(event);
      case 'tick':
        return undefined;
    }
  }

  /** Asked twice, it is answered twice and counted once. */
  private request({ request }: Of<'request'>): void {
    const { limits, ...asked } = request;
    this.state.limits = limits;
    const held = this.state.holders.find(({ holder }) => holder === asked.holder);
    if (held?.runId === asked.runId) {
      this.grantTo(held);
      return;
    }
    // A workflow id has one run at a time: an earlier one under this name is gone.
    if (held) this.ended(held, false);
    if (this.state.queue.some((waiter) => waiter.holder === asked.holder && waiter.runId === asked.runId)) return;
    this.state.queue = this.state.queue.filter(({ holder }) => holder !== asked.holder);
    this.state.queue.push({ ...asked, seq: ++this.state.seq, since: this.at });
  }

  private release({ holder, runId, token, acts }: Of<'release'>): void {
    const waiting = this.state.queue.some((waiter) => waiter.holder === holder && waiter.runId === runId);
    this.state.queue = this.state.queue.filter((waiter) => waiter.holder !== holder || waiter.runId !== runId);
    const held = this.state.holders.find((one) => one.holder === holder && one.runId === runId);
    if (held === undefined || (token !== undefined && token !== held.token)) {
      if (!waiting) this.note('release_refused', `${holder} does not hold it (token ${token ?? 'none'})`);
      return;
    }
    this.drop(held);
    this.acted(held);
    for (const { act, result } of acts) {
      if (result !== 'none') this.state.records.push({ ...act, at: this.at, holder, result });
    }
    const results = acts.map(({ result }) => result);
    if (results.includes('failed')) countFailure(this.state, this.at);
    else if (results.includes('succeeded')) forgive(this.state);
  }

  /** What it did is not known, so it counts as a failure; whatever of it still acts is given time to hear of the end. */
  private ended({ holder, runId }: { holder: string; runId: string }, idle: boolean): void {
    this.state.queue = this.state.queue.filter((waiter) => waiter.holder !== holder || waiter.runId !== runId);
    const held = this.state.holders.find((one) => one.holder === holder && one.runId === runId);
    if (held === undefined) return;
    if (idle) return this.drop(held);
    if (held.endedAt !== undefined) return;
    if (!this.state.limits?.lingerMs) this.drop(held);
    else this.state.holders = this.state.holders.map((one) => (one === held ? { ...one, endedAt: this.at } : one));
    if (held.acts.length > 0) countFailure(this.state, this.at);
    this.acted(held);
    this.note('holder_ended', `${holder} has ended without releasing it`);
  }

  private releaseByHand({ by, reason, holder }: Of<'release_by_hand'>): void {
    const chosen = this.state.holders.filter((one) => holder === undefined || one.holder === holder);
    for (const held of chosen) {
      this.drop(held);
      this.acted(held);
      const why = `released by ${by}: ${reason}`;
      this.commands.push({ type: 'lost', holder: held.holder, runId: held.runId, token: held.token, reason: why });
      this.note('released_by_hand', `${held.holder} ${why}`);
    }
  }

  private reset({ by, reason }: Of<'reset'>): void {
    Object.assign(this.state, { failures: 0, records: [], admitted: [] });
    this.note('reset', `cooldowns, breaker and records reset by ${by}: ${reason}`);
  }

  /** Admits everybody who may go now, in order; refuses who cannot be helped by waiting, or has waited long enough. */
  admit(asking: string | undefined): void {
    if (this.state.limits === undefined) return;
    const ahead: Waiter[] = [];
    for (const waiter of inOrder(this.state.queue)) {
      const barred = obstacle(this.state, waiter, ahead, this.at);
      if (barred === undefined) {
        this.grant(waiter);
        continue;
      }
      const refusal = this.refusal(waiter, barred);
      if (refusal !== undefined) this.refuse(waiter, refusal);
      else if (barred.until === undefined) ahead.push(waiter);
    }
    const wait = asking === undefined ? undefined : waits(this.state, this.at).find(({ holder }) => holder === asking);
    const waiter = this.state.queue.find(({ holder }) => holder === asking);
    if (wait && waiter) this.commands.push({ type: 'queued', holder: waiter.holder, runId: waiter.runId, wait });
  }

  private refusal(waiter: Waiter, { why, until, escalates }: Obstacle): string | undefined {
    if (escalates) return why;
    if (waiter.onBusy === 'refuse') return `${why}, and the plan does not wait`;
    const deadline = waiter.since + waiter.maxWaitMs;
    if (this.at >= deadline) return `${why}; waited since ${iso(waiter.since)}`;
    if (until !== undefined && until > deadline) return `${why}, which is longer than the plan waits`;
    return undefined;
  }

  private grant(waiter: Waiter): void {
    const { state, at } = this;
    const { holder, runId, acts, breakGlass } = waiter;
    state.queue = state.queue.filter((other) => other !== waiter);
    const token = ++state.token;
    state.holders.push({ holder, runId, token, since: at, acts, ...(breakGlass !== undefined && { breakGlass }) });
    if (state.limits?.rate) state.admitted.push(at);
    if (breakGlass !== undefined) this.note('break_glass', `${holder}: ${breakGlass}`);
    this.grantTo({ holder, runId, token });
  }

  private grantTo({ holder, runId, token }: Pick<Holder, 'holder' | 'runId' | 'token'>): void {
    const { actedAt } = this.state;
    this.commands.push({ type: 'grant', holder, runId, token, ...(actedAt !== undefined && { actedAt }) });
  }

  /** What it did is not known here: that it was about to do something in the scope is enough. */
  private acted({ acts }: Holder): void {
    if (acts.length > 0) this.state.actedAt = this.at;
  }

  private refuse(waiter: Waiter, reason: string): void {
    this.state.queue = this.state.queue.filter((other) => other !== waiter);
    this.commands.push({ type: 'refuse', holder: waiter.holder, runId: waiter.runId, reason });
  }

  /** Holders are looked after quickly while somebody waits, else now and then. */
  check(isTick: boolean): void {
    const { state, at } = this;
    if (!isTick || checkAt(state) === undefined || at < checkAt(state)!) return;
    state.checkedAt = at;
    const living = state.holders.filter(({ endedAt }) => endedAt === undefined);
    this.commands.push({ type: 'check', holders: living.map(({ holder, runId }) => ({ holder, runId })) });
  }

  private drop(held: Holder): void {
    this.state.holders = this.state.holders.filter((one) => one !== held);
  }

  private note(what: GuardNote['what'], detail: string): void {
    this.state.notes = [...this.state.notes, { at: this.at, what, detail }].slice(-20);
  }
}

/** When what is left of a holder that has ended can no longer act. */
export function lingersUntil({ limits }: GuardState, { endedAt }: Holder): number | undefined {
  return endedAt === undefined ? undefined : endedAt + (limits?.lingerMs ?? 0);
}

/** How many times slower holders are looked after when nobody waits for them. */
const CALM = 30;

/** When it is next to be found out whether the holders still live. */
export function checkAt({ holders, queue, limits, checkedAt }: GuardState): number | undefined {
  const living = holders.filter(({ endedAt }) => endedAt === undefined);
  if (living.length === 0 || limits === undefined) return undefined;
  const last = Math.max(checkedAt, Math.min(...living.map(({ since }) => since)));
  return last + limits.checkMs * (queue.length > 0 ? 1 : CALM);
}
