import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  makeContinueAsNewFunc,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  GuardActivity,
  GuardQuery,
  GuardSignal,
  GuardUpdate,
  type Granted,
  type HandRequest,
  type HoldsQuestion,
  type ReleaseRequest,
} from '../plan/guard/messages';
import type { GuardCommand, GuardEvent, GuardRequest, GuardState, GuardView } from '../plan/guard/model';
import { nextWake } from '../plan/guard/next-wake';
import { initialGuard, reduceGuard } from '../plan/guard/reduce';
import { isIdle } from '../plan/guard/retention';
import { guardView } from '../plan/guard/view';
import { Alarm } from './alarm';
import { guardMarkdown } from './guard-presentation';

export interface GuardInput {
  scope: string;
  resume?: { state: GuardState; unsent: GuardCommand[] };
}

type Ended = { holder: string; runId: string }[];
type Happening = GuardEvent extends infer E ? (E extends GuardEvent ? Omit<E, 'at'> : never) : never;

const { [GuardActivity.holders]: findEnded } = proxyLocalActivities<{
  [GuardActivity.holders]: (input: { holders: Ended }) => Promise<{ ended: Ended }>;
}>({ startToCloseTimeout: '20s', scheduleToCloseTimeout: '1m' });

/**
 * The guard of one scope: a durable limiter that lives as long as somebody holds it, waits for it, or something that
 * happened here still counts. All decisions are the reducer's (`plan/guard/reduce.ts`); this takes its commands to signals,
 * and signals, answers and time back to it. It is started by the first request and ends when it has nothing to remember.
 */
export async function guard(input: GuardInput): Promise<void> {
  const run = new GuardRun(input);
  // In a loop: a request may come in between.
  while (!run.mayEnd && !run.mayContinueAsNew) await condition(() => run.mayEnd || run.mayContinueAsNew);
  if (!run.mayEnd) await makeContinueAsNewFunc<typeof guard>()({ scope: input.scope, resume: run.toResume() });
}

class GuardRun {
  private state: GuardState;
  private readonly unsent: GuardCommand[] = [];
  private sending = 0;
  private checking = false;
  private readonly alarm = new Alarm(() => this.happen({ type: 'tick' }));

  constructor({ scope, resume }: GuardInput) {
    this.state = resume?.state ?? initialGuard(scope, Date.now());
    setHandler(defineQuery<GuardView>(GuardQuery.guard), () => guardView(this.state, Date.now()));
    setHandler(defineQuery<boolean, [HoldsQuestion]>(GuardQuery.holds), ({ holder, token }) =>
      this.state.holders.some((held) => held.holder === holder && held.token === token),
    );
    resume?.unsent.forEach((command) => this.carryOut(command));
    setHandler(defineSignal<[GuardRequest]>(GuardSignal.request), (request) =>
      this.happen({ type: 'request', request }),
    );
    setHandler(defineSignal<[ReleaseRequest]>(GuardSignal.release), (release) =>
      this.happen({ type: 'release', ...release }),
    );
    setHandler(defineUpdate<string, [HandRequest]>(GuardUpdate.releaseByHand), (request) =>
      this.releaseByHand(request),
    );
    setHandler(defineUpdate<string, [HandRequest]>(GuardUpdate.reset), (request) => {
      const { by, reason } = checked(request);
      this.happen({ type: 'reset', by, reason });
      return `cooldowns, breaker and records of ${this.state.scope} are reset`;
    });
    this.follow();
  }

  get mayEnd(): boolean {
    // Before the first request there are no limits yet.
    const asked = this.state.limits !== undefined;
    return asked && isIdle(this.state) && this.sending === 0 && this.unsent.length === 0;
  }

  get mayContinueAsNew(): boolean {
    return workflowInfo().continueAsNewSuggested && this.sending === 0 && !this.checking;
  }

  toResume(): GuardInput['resume'] {
    return { state: this.state, unsent: this.unsent };
  }

  private happen(happening: Happening): void {
    const { state, commands } = reduceGuard(this.state, { ...happening, at: Date.now() });
    this.state = state;
    for (const command of commands) {
      // A signal that is on its way when the run continues as new would be lost with its answer.
      if (workflowInfo().continueAsNewSuggested && command.type !== 'check') this.unsent.push(command);
      else this.carryOut(command);
    }
    this.follow();
  }

  private follow(): void {
    this.alarm.set(nextWake(this.state, Date.now()));
    setCurrentDetails(guardMarkdown(guardView(this.state, Date.now())));
  }

  private carryOut(command: GuardCommand): void {
    const { scope } = this.state;
    switch (command.type) {
      case 'grant':
        return this.tell(command, GuardSignal.granted, grantedOf(scope, command));
      case 'queued':
        return this.tell(command, GuardSignal.queued, { scope, wait: command.wait });
      case 'refuse':
        return this.tell(command, GuardSignal.refused, { scope, reason: command.reason });
      case 'lost':
        return this.tell(command, GuardSignal.lost, { scope, token: command.token, reason: command.reason });
      case 'check':
        return this.check(command.holders);
    }
  }

  /** Somebody who cannot be told has ended: the server knows no running workflow of this id. */
  private tell({ holder, runId }: { holder: string; runId: string }, signal: string, message: object): void {
    this.sending++;
    void getExternalWorkflowHandle(holder)
      .signal(signal, message)
      .then(
        () => void this.sending--,
        () => {
          this.sending--;
          this.happen({ type: 'ended', holders: [{ holder, runId }], idle: signal === GuardSignal.granted });
        },
      );
  }

  private check(holders: Ended): void {
    if (this.checking || holders.length === 0) return;
    this.checking = true;
    void findEnded({ holders }).then(
      ({ ended }) => {
        this.checking = false;
        if (ended.length > 0) this.happen({ type: 'ended', holders: ended });
      },
      // Not known is not ended; the next tick asks again.
      () => void (this.checking = false),
    );
  }

  private releaseByHand(request: HandRequest): string {
    const { by, reason, holder } = checked(request);
    const held = this.state.holders.filter((one) => holder === undefined || one.holder === holder);
    if (held.length === 0) throw refusal(`${holder ?? 'nobody'} does not hold ${this.state.scope}`);
    this.happen({ type: 'release_by_hand', by, reason, ...(holder !== undefined && { holder }) });
    return `${this.state.scope} taken from ${held.map((one) => one.holder).join(', ')}`;
  }
}

function grantedOf(scope: string, { token, actedAt }: Extract<GuardCommand, { type: 'grant' }>): Granted {
  return { scope, token, ...(actedAt !== undefined && { actedAt }) };
}

function checked(request: HandRequest): HandRequest {
  const { by, reason } = (request ?? {}) as Partial<HandRequest>;
  if (typeof by !== 'string' || by === '' || typeof reason !== 'string' || reason === '') {
    throw refusal('say who you are and why: {"by":"you","reason":"…"}');
  }
  return { ...request, by: by.slice(0, 200), reason: reason.slice(0, 500) };
}

function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'STEERING_REFUSED');
}
