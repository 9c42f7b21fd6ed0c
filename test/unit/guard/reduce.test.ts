import type {
  GuardAct,
  GuardCommand,
  GuardEvent,
  GuardLimits,
  GuardRequest,
  GuardState,
} from '../../../plan/guard/model';
import { nextWake } from '../../../plan/guard/next-wake';
import { initialGuard, reduceGuard } from '../../../plan/guard/reduce';
import { isIdle } from '../../../plan/guard/retention';
import { guardView } from '../../../plan/guard/view';

const MIN = 60_000;
const HOUR = 60 * MIN;
const limits: GuardLimits = { capacity: 1, exclusive: true, checkMs: 10_000, lingerMs: 0 };
const act = (action: string, more: Partial<GuardAct> = {}): GuardAct => ({ action, fingerprint: action, ...more });

/** A guard, and what it said, in short. */
class Desk {
  state: GuardState = initialGuard('target/c/Deployment/ns/web', 1000);
  now = 1000;
  private said: GuardCommand[] = [];

  constructor(private readonly limits: GuardLimits) {}

  happen(event: GuardEvent extends infer E ? (E extends GuardEvent ? Omit<E, 'at'> : never) : never): string[] {
    const before = JSON.stringify(this.state);
    const decision = reduceGuard(this.state, { ...event, at: this.now });
    expect(JSON.stringify(this.state)).toBe(before);
    this.state = decision.state;
    this.said = decision.commands;
    return decision.commands.map((command) =>
      'holder' in command ? `${command.type} ${command.holder}` : command.type,
    );
  }

  ask(holder: string, more: Partial<GuardRequest> = {}): string[] {
    const request: GuardRequest = {
      ...{ holder, runId: `run of ${holder}`, acts: [act('restart')], priority: 1, onBusy: 'wait', maxWaitMs: HOUR },
      ...{ limits: this.limits, ...more },
    };
    return this.happen({ type: 'request', request });
  }

  end(holder: string, result: 'succeeded' | 'failed' | 'none' = 'none', done = act('restart')): string[] {
    const token = this.state.holders.find((one) => one.holder === holder)?.token ?? -1;
    return this.happen({ type: 'release', holder, runId: `run of ${holder}`, token, acts: [{ act: done, result }] });
  }

  /** A whole remediation. */
  done(holder: string, result: 'succeeded' | 'failed', what = act('restart')): void {
    expect(this.ask(holder, { acts: [what] })).toEqual([`grant ${holder}`]);
    this.end(holder, result, what);
  }

  /** When somebody else may have acted, as the last grant tells. */
  get actedAt(): number | undefined {
    return this.said.map((command) => (command.type === 'grant' ? command.actedAt : undefined)).at(-1);
  }

  get reason(): string {
    return this.said.map((command) => ('reason' in command ? command.reason : '')).join();
  }
}

describe('Mutual exclusion and the queue', () => {
  test('one holds it, the others wait in order of arrival and are told behind whom', () => {
    const desk = new Desk(limits);
    expect(desk.ask('a')).toEqual(['grant a']);
    expect(desk.ask('b')).toEqual(['queued b']);
    expect(desk.ask('c')).toEqual(['queued c']);
    expect(guardView(desk.state, desk.now).queue).toMatchObject([
      { holder: 'b', position: 1, behind: ['a'], why: 'held by a' },
      { holder: 'c', position: 2, behind: ['a', 'b'] },
    ]);
    expect(desk.end('a')).toEqual(['grant b']);
    expect(desk.end('b')).toEqual(['grant c']);
  });

  test('asked twice, the answer is the same and nothing is counted twice', () => {
    const desk = new Desk({ ...limits, capacity: 2 });
    desk.ask('a');
    const { token } = desk.state.holders[0]!;
    expect(desk.ask('a')).toEqual(['grant a']);
    expect(desk.state.holders).toMatchObject([{ holder: 'a', token }]);
    desk.ask('b');
    desk.ask('c');
    expect(desk.ask('c')).toEqual(['queued c']);
    expect(desk.state.queue).toHaveLength(1);
  });

  test('severity decides who is next, and break-glass goes before all; neither gets past the holder', () => {
    const desk = new Desk(limits);
    desk.ask('a');
    desk.ask('normal');
    desk.ask('critical', { priority: 3 });
    expect(desk.ask('urgent', { breakGlass: 'the shop is down' })).toEqual(['queued urgent']);
    expect(guardView(desk.state, desk.now).queue.map(({ holder }) => holder)).toEqual(['urgent', 'critical', 'normal']);
    expect(desk.end('a')).toEqual(['grant urgent']);
    expect(desk.state.notes).toMatchObject([{ what: 'break_glass', detail: 'urgent: the shop is down' }]);
  });

  test('break-glass goes past capacity where capacity is only a budget', () => {
    const desk = new Desk({ ...limits, capacity: 1, exclusive: false });
    desk.ask('a');
    expect(desk.ask('b')).toEqual(['queued b']);
    expect(desk.ask('c', { breakGlass: 'the shop is down' })).toEqual(['grant c']);
  });

  test('a plan that does not wait is refused with the reason', () => {
    const desk = new Desk(limits);
    desk.ask('a');
    expect(desk.ask('b', { onBusy: 'refuse' })).toEqual(['refuse b']);
    expect(desk.reason).toContain('held by a');
  });

  test('who has waited long enough is refused, and the guard wakes for it', () => {
    const desk = new Desk(limits);
    desk.ask('a');
    desk.ask('b', { maxWaitMs: 5000 });
    expect(nextWake(desk.state, desk.now)).toBe(6000);
    desk.now = 6000;
    expect(desk.happen({ type: 'tick' })).toEqual(['refuse b']);
  });

  test('a waiter that gives up leaves the queue', () => {
    const desk = new Desk(limits);
    desk.ask('a');
    desk.ask('b');
    desk.ask('c');
    desk.happen({ type: 'release', holder: 'b', runId: 'run of b', acts: [] });
    expect(desk.end('a')).toEqual(['grant c']);
    expect(desk.state.notes).toEqual([]);
  });
});

describe('Release', () => {
  test('by one who does not hold it, or with an old token, changes nothing and is noted', () => {
    const desk = new Desk(limits);
    desk.ask('a');
    const held = desk.state.holders;
    desk.happen({ type: 'release', holder: 'b', runId: 'run of b', token: held[0]!.token, acts: [] });
    desk.happen({ type: 'release', holder: 'a', runId: 'run of a', token: 1, acts: [] });
    desk.happen({ type: 'release', holder: 'a', runId: 'another run', token: held[0]!.token, acts: [] });
    expect(desk.state.holders).toEqual(held);
    expect(desk.state.notes.map(({ what }) => what)).toEqual(Array(3).fill('release_refused'));
  });

  test('time alone never frees it: holders are only asked after', () => {
    const desk = new Desk(limits);
    desk.ask('a');
    desk.ask('b', { maxWaitMs: 1000 * HOUR });
    for (let hours = 0; hours < 100; hours++) {
      desk.now += HOUR;
      expect(desk.happen({ type: 'tick' })).toEqual(['check']);
    }
    expect(desk.state.holders).toHaveLength(1);
  });

  test('a holder that ended without a word is let go, and counts as a failure', () => {
    const desk = new Desk({ ...limits, lingerMs: 3000, breaker: { failures: 1, openMs: HOUR } });
    desk.ask('a');
    desk.ask('b', { breakGlass: 'x' });
    desk.happen({ type: 'ended', holders: [{ holder: 'a', runId: 'run of a' }] });
    // What is left of it may act until it hears of its end.
    expect(desk.state.holders).toMatchObject([{ holder: 'a', endedAt: 1000 }]);
    desk.now = nextWake(desk.state, desk.now)!;
    expect(desk.now).toBe(4000);
    expect(desk.happen({ type: 'tick' })).toEqual(['grant b']);
    expect(guardView(desk.state, desk.now).breaker.openUntil).toBeDefined();
  });

  test('by hand tells the holder that it lost the guard, and gives it to the next with a higher token', () => {
    const desk = new Desk(limits);
    desk.ask('a');
    const { token } = desk.state.holders[0]!;
    desk.ask('b');
    expect(desk.happen({ type: 'release_by_hand', by: 'ann', reason: 'stuck' })).toEqual(['lost a', 'grant b']);
    expect(desk.state.holders[0]!.token).toBeGreaterThan(token);
  });
});

describe('Cooldown, rate, breaker', () => {
  test('the same action waits for its cooldown after a success; another one need not', () => {
    const desk = new Desk({ ...limits, cooldownMs: 5 * MIN });
    desk.done('a', 'succeeded');
    expect(desk.ask('b')).toEqual(['queued b']);
    expect(guardView(desk.state, desk.now).queue[0]!.until).toBe(new Date(1000 + 5 * MIN).toISOString());
    expect(desk.ask('c', { acts: [act('scale')] })).toEqual(['grant c']);
    desk.end('c', 'none', act('scale'));
    expect(nextWake(desk.state, desk.now)).toBe(1000 + 5 * MIN);
    desk.now = 1000 + 5 * MIN;
    expect(desk.happen({ type: 'tick' })).toEqual(['grant b']);
  });

  test('a cooldown beyond the wait is refused at once, and break-glass goes past it', () => {
    const desk = new Desk({ ...limits, cooldownMs: 5 * MIN });
    desk.done('a', 'succeeded');
    expect(desk.ask('b', { maxWaitMs: MIN })).toEqual(['refuse b']);
    expect(desk.reason).toContain('longer than the plan waits');
    expect(desk.ask('c', { breakGlass: 'x' })).toEqual(['grant c']);
  });

  test('the rate holds within every window', () => {
    const desk = new Desk({ ...limits, capacity: 9, rate: { max: 2, windowMs: MIN } });
    expect(desk.ask('a')).toEqual(['grant a']);
    desk.now += 30_000;
    expect(desk.ask('b')).toEqual(['grant b']);
    expect(desk.ask('c')).toEqual(['queued c']);
    desk.now = 1000 + MIN;
    expect(desk.happen({ type: 'tick' })).toEqual(['grant c']);
    expect(desk.ask('d')).toEqual(['queued d']);
  });

  test('three failures close it for an hour, then one more does; each quiet hour forgives one, a success all', () => {
    const desk = new Desk({ ...limits, breaker: { failures: 3, openMs: HOUR } });
    for (const name of ['a', 'b', 'c']) desk.done(name, 'failed');
    expect(desk.ask('d')).toEqual(['refuse d']);
    expect(desk.reason).toContain('3 remediations failed here');
    desk.now += HOUR;
    desk.done('e', 'failed');
    expect(desk.ask('f')).toEqual(['refuse f']);
    desk.now += 2 * HOUR;
    desk.done('g', 'failed');
    desk.done('h', 'succeeded');
    desk.done('i', 'failed');
    desk.done('j', 'failed');
    expect(desk.ask('k')).toEqual(['grant k']);
  });

  test('a person can reset it', () => {
    const desk = new Desk({ ...limits, cooldownMs: HOUR, breaker: { failures: 1, openMs: HOUR } });
    desk.done('a', 'failed');
    expect(desk.ask('b')).toEqual(['refuse b']);
    desk.happen({ type: 'reset', by: 'ann', reason: 'repaired' });
    expect(desk.ask('b')).toEqual(['grant b']);
  });
});

describe('Oscillation', () => {
  const circles = { ...limits, oscillation: { reversals: 2, repeats: 3, windowMs: HOUR } };
  const move = (axis: 'replicas' | 'resources', direction: 'up' | 'down', value: number) =>
    act(axis === 'replicas' ? 'scale' : 'resize', { fingerprint: `${axis} ${value}`, moves: { axis, direction } });

  test('scaling up, down and up again is refused and left to a person', () => {
    const desk = new Desk(circles);
    desk.done('a', 'succeeded', move('replicas', 'up', 5));
    desk.done('b', 'succeeded', move('replicas', 'up', 6));
    desk.done('c', 'succeeded', move('replicas', 'down', 3));
    expect(desk.ask('d', { acts: [move('replicas', 'down', 2)] })).toEqual(['grant d']);
    desk.end('d', 'none');
    expect(desk.ask('e', { acts: [move('replicas', 'up', 7)] })).toEqual(['refuse e']);
    expect(desk.reason).toContain('replicas up, replicas down, replicas up');
  });

  test('more resources against fewer replicas swings, too', () => {
    const desk = new Desk(circles);
    desk.done('a', 'succeeded', move('resources', 'up', 2));
    desk.done('b', 'succeeded', move('replicas', 'down', 1));
    expect(desk.ask('c', { acts: [move('resources', 'up', 4)] })).toEqual(['refuse c']);
    expect(desk.reason).toContain('resources up, replicas down, resources up');
  });

  test('the same fix repeated in vain is refused the fourth time within the hour', () => {
    const desk = new Desk(circles);
    for (const name of ['a', 'b', 'c']) desk.done(name, 'succeeded');
    expect(desk.ask('d')).toEqual(['refuse d']);
    expect(desk.reason).toContain('did not last');
    desk.now += HOUR;
    expect(desk.ask('e')).toEqual(['grant e']);
  });
});

test('a guard that nobody holds forgets everything in the end, and knows when', () => {
  const desk = new Desk({
    ...limits,
    cooldownMs: 5 * MIN,
    rate: { max: 9, windowMs: MIN },
    breaker: { failures: 3, openMs: HOUR },
  });
  desk.done('a', 'succeeded');
  desk.done('b', 'failed', act('scale'));
  desk.done('c', 'failed', act('scale'));
  expect(isIdle(desk.state)).toBe(false);
  desk.now = nextWake(desk.state, desk.now)!;
  desk.happen({ type: 'tick' });
  expect(isIdle(desk.state)).toBe(true);
  expect(desk.now).toBe(1000 + 2 * HOUR);
});

test('a grant tells when the holder before let go, for as long as somebody may have looked at the target before that', () => {
  const desk = new Desk(limits);
  desk.ask('a');
  expect(desk.actedAt).toBeUndefined();
  desk.ask('b');
  desk.now += 500;
  expect(desk.end('a')).toEqual(['grant b']);
  expect(desk.actedAt).toBe(1500);
  desk.end('b');
  expect(isIdle(desk.state)).toBe(false);
  desk.now += MIN;
  expect(nextWake(desk.state, desk.now)).toBe(desk.now);
  desk.happen({ type: 'tick' });
  expect(isIdle(desk.state)).toBe(true);
  desk.ask('c');
  expect(desk.actedAt).toBeUndefined();
});

test('of those who only count against a capacity nobody has changed anything', () => {
  const desk = new Desk(limits);
  desk.ask('a', { acts: [] });
  desk.ask('b', { acts: [] });
  desk.end('a');
  expect(desk.actedAt).toBeUndefined();
});
