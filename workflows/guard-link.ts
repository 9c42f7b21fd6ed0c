import { defineSignal, proxyLocalActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Command } from '../plan/core/state';
import {
  GuardActivity,
  GuardSignal,
  type Granted,
  type GuardedScope,
  type GuardReleaseInput,
  type GuardRequestInput,
} from '../plan/guard/messages';
import type { WaitView } from '../plan/guard/model';
import type { Happening } from './commands';

const activities = proxyLocalActivities<{
  [GuardActivity.request]: (input: GuardRequestInput) => Promise<void>;
  [GuardActivity.release]: (input: GuardReleaseInput) => Promise<void>;
}>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
});

/** A remediation's side of its guards: asks and releases by local activities, is answered by signals. */
export class GuardLink {
  /** Messages on their way out. */
  passing = 0;
  /** Until what was given back is known to its guards. */
  private releasing: Promise<void> | undefined;

  constructor(private readonly report: (happening: Happening) => void) {}

  /** Only now: an answer that came before the run had its state would be lost. */
  listen(): void {
    setHandler(defineSignal<[Granted]>(GuardSignal.granted), ({ scope, token, actedAt }) =>
      this.report({ type: 'guard_granted', scope, token, ...(actedAt !== undefined && { actedAt }) }),
    );
    setHandler(defineSignal<[{ scope: string; wait: WaitView }]>(GuardSignal.queued), ({ scope, wait }) =>
      this.report({ type: 'guard_queued', scope, wait }),
    );
    setHandler(defineSignal<[{ scope: string; reason: string }]>(GuardSignal.refused), ({ scope, reason }) =>
      this.report({ type: 'guard_refused', scope, reason }),
    );
    setHandler(defineSignal<[GuardedScope & { reason: string }]>(GuardSignal.lost), ({ scope, token, reason }) =>
      this.report({ type: 'guard_lost', scope, token, reason }),
    );
  }

  /** The guard hears of what was given back before it is asked again: else it would take the one for the other. */
  acquire(command: Extract<Command, { type: 'acquire' }>): void {
    if (this.releasing === undefined) return this.ask(command);
    this.passing++;
    void this.releasing.then(() => {
      this.passing--;
      this.ask(command);
    });
  }

  private ask({ scope, request }: Extract<Command, { type: 'acquire' }>): void {
    const input = { scope, request: { ...request, ...self() } };
    void this.pass(activities[GuardActivity.request](input), () =>
      this.report({ type: 'guard_refused', scope, reason: 'it cannot be reached' }),
    );
  }

  /** A release that gets lost is made up for: guards look after their holders. */
  release({ releases }: Extract<Command, { type: 'release' }>): void {
    const mine = releases.map(({ scope, ...rest }) => ({ scope, release: { ...rest, ...self() } }));
    const sent = this.pass(activities[GuardActivity.release]({ releases: mine }), () => undefined);
    const all = Promise.all([this.releasing, sent]).then(() => {
      if (this.releasing === all) this.releasing = undefined;
    });
    this.releasing = all;
  }

  /** Ends, never fails, once the message has got there or is given up. */
  private pass(message: Promise<void>, failed: () => void): Promise<void> {
    this.passing++;
    return message.then(
      () => void this.passing--,
      () => {
        this.passing--;
        failed();
      },
    );
  }
}

function self(): { holder: string; runId: string } {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return { holder: workflowId, runId: firstExecutionRunId };
}
