import fc from 'fast-check';
import type { GuardCommand, GuardEvent, GuardLimits, GuardState } from '../../../plan/guard/model';
import { initialGuard, reduceGuard } from '../../../plan/guard/reduce';
import { inCanonicalOrder } from '../../../plan/guard/scopes';

const RUNS = Number(process.env['KUBERNAUT_GUARD_INTERLEAVINGS'] ?? 1500);
const scopes = ['target/c/A', 'target/c/B', 'target/c/C', 'nodes/c', 'action/c/drain', 'cluster/c'];
const limitsOf = (scope: string): GuardLimits => ({
  capacity: scope === 'cluster/c' ? 2 : 1,
  exclusive: scope !== 'cluster/c',
  checkMs: 10_000,
  lingerMs: 0,
});

interface Run {
  name: string;
  /** In the order in which it takes them. */
  wants: string[];
  held: Map<string, number>;
  asked: boolean;
  alive: boolean;
  done: boolean;
}

/** Messages between runs and guards; those of one pair of sender and receiver may overtake each other. */
type Message = { to: 'guard'; scope: string; event: Bare } | { to: 'run'; scope: string; command: GuardCommand };
type Bare = GuardEvent extends infer E ? (E extends GuardEvent ? Omit<E, 'at'> : never) : never;

class Town {
  readonly guards = new Map<string, GuardState>(scopes.map((scope) => [scope, initialGuard(scope, 1)]));
  readonly mail: Message[] = [];
  private now = 1;

  constructor(
    readonly runs: Run[],
    private readonly draw: (n: number) => number,
  ) {}

  /** false: nothing can happen any more. */
  tick(): boolean {
    this.now++;
    const movable = this.runs.filter((run) => run.alive && !run.done && !run.asked);
    const choices = movable.length + this.mail.length;
    if (choices === 0) return this.findDead();
    const choice = this.draw(choices);
    if (choice < movable.length) this.move(movable[choice]!);
    else this.deliver(this.mail.splice(choice - movable.length, 1)[0]!);
    return true;
  }

  /** Takes the next guard, or acts and lets all go, or dies. */
  private move(run: Run): void {
    if (this.draw(12) === 0) {
      run.alive = false;
      return;
    }
    const next = run.wants.find((scope) => !run.held.has(scope));
    if (next === undefined) {
      this.act(run);
      for (const [scope, token] of run.held) {
        const release = { holder: run.name, runId: run.name, token, acts: [] };
        this.mail.push({ to: 'guard', scope, event: { type: 'release', ...release } });
      }
      run.done = true;
      return;
    }
    run.asked = true;
    const request = {
      ...{ holder: run.name, runId: run.name, acts: [], priority: this.draw(3), onBusy: 'wait' as const },
      ...{ maxWaitMs: 1e9, limits: limitsOf(next) },
      ...(this.draw(8) === 0 && { breakGlass: 'now' }),
    };
    const message: Message = { to: 'guard', scope: next, event: { type: 'request', request } };
    // Now and then delivered twice, as an activity that is tried again does.
    this.mail.push(message, ...(this.draw(4) === 0 ? [message] : []));
  }

  /** Whoever acts holds everything it needs, and no exclusive guard is believed to be held by another one, too. */
  private act(run: Run): void {
    for (const [scope, token] of run.held) {
      const valid = this.guards.get(scope)!.holders.some((held) => held.holder === run.name && held.token === token);
      if (!valid) throw new Error(`${run.name} acts without ${scope}`);
    }
  }

  private deliver(message: Message): void {
    if (message.to === 'guard') return this.feed(message.scope, message.event);
    const { command, scope } = message;
    const run = this.runs.find(({ name }) => 'holder' in command && name === command.holder)!;
    if (!run.alive || run.done) {
      const holders = [{ holder: run.name, runId: run.name }];
      return this.feed(scope, { type: 'ended', holders });
    }
    if (command.type !== 'grant') return;
    run.held.set(scope, command.token);
    run.asked = false;
  }

  private feed(scope: string, event: Bare): void {
    const { state, commands } = reduceGuard(this.guards.get(scope)!, { ...event, at: this.now });
    this.guards.set(scope, state);
    const glass = state.holders.filter(({ breakGlass }) => breakGlass !== undefined).length;
    const most = limitsOf(scope).capacity + (limitsOf(scope).exclusive ? 0 : glass);
    if (state.holders.length > most) throw new Error(`${scope} is held by ${state.holders.length}`);
    for (const command of commands) if (command.type !== 'check') this.mail.push({ to: 'run', scope, command });
  }

  /** Time passes: the guards find out who has ended. */
  private findDead(): boolean {
    let found = false;
    for (const [scope, state] of this.guards) {
      const gone = state.holders.filter(({ holder }) => this.runs.some((run) => run.name === holder && !run.alive));
      if (gone.length === 0) continue;
      found = true;
      this.feed(scope, { type: 'ended', holders: gone.map(({ holder, runId }) => ({ holder, runId })) });
    }
    return found;
  }
}

function drawFrom(seed: number): (n: number) => number {
  let a = seed >>> 0;
  return (n) => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

function play(seed: number, order: (scopes: string[]) => string[]): Town {
  const draw = drawFrom(seed);
  const runs = Array.from({ length: 2 + draw(6) }, (_, n): Run => {
    const wants = order(scopes.filter(() => draw(2) === 0));
    return { name: `r${n}`, wants, held: new Map(), asked: false, alive: true, done: false };
  });
  const town = new Town(runs, draw);
  for (let ticks = 0; town.tick(); ticks++) if (ticks > 10_000) throw new Error('it does not end');
  return town;
}

const stuck = (town: Town) => town.runs.filter(({ alive, done }) => alive && !done);

test('in canonical order no interleaving ends in a deadlock, and every guard is free in the end', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const town = play(seed, inCanonicalOrder);
      expect(stuck(town)).toEqual([]);
      for (const state of town.guards.values()) expect([state.holders, state.queue]).toEqual([[], []]);
    }),
    { numRuns: RUNS },
  );
});

test('the test would notice: in any other order some interleavings do', () => {
  const seeds = Array.from({ length: 200 }, (_, seed) => seed);
  const turned = (seed: number) => (wanted: string[]) => (seed % 2 ? [...wanted].reverse() : wanted);
  let count = 0;
  const deadlocks = seeds.filter((seed) => stuck(play(seed, (wanted) => turned(count++)(wanted))).length > 0);
  expect(deadlocks.length).toBeGreaterThan(0);
});

test('targets come before nodes, and nodes before the capacity of clusters', () => {
  const mixed = ['cluster/a', 'nodes/b', 'target/c/Pod/x/y', 'cluster/b', 'target/a/Node//n', 'nodes/a', 'nodes/a'];
  expect(inCanonicalOrder(mixed)).toEqual([
    'target/a/Node//n',
    'target/c/Pod/x/y',
    'nodes/a',
    'nodes/b',
    'cluster/a',
    'cluster/b',
  ]);
});
