import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { approvalKey } from '../plan/core/approval-key';
import type { RunContext } from '../plan/core/state';
import { durationMs } from '../plan/duration';
import { keyOf } from '../plan/core/grant';
import type { Grant, PendingApproval } from '../plan/steering';

type Report = (
  happening:
    | { type: 'approval_expired' | 'approval_reminder'; key: string }
    | { type: 'approval_escalated'; key: string; since: string; stage: number }
    | { type: 'approval_lapsed'; key: string; until: string },
) => void;

/**
 * Deadlines and reminders of approvals, and the time that given ones are good for, as durable timers. They follow from what
 * waits and what was granted, so a run that continues as new, or is replayed, has the same ones again.
 */
export class ApprovalTimers {
  private readonly scopes = new Map<string, CancellationScope>();
  private readonly report: Report;

  /**
   * What follows from a timer, such as undoing, giving guards back and asking again, must outlive it, since it is cancelled with what
   * it was for: it takes place in the scope of the run. A scope within the timer's own that cannot be cancelled would not do: whether
   * that shields what is begun in it is a flag of the SDK, which a replay may learn of later than the first run did.
   * Runs of before revision 5 did not know this of deadlines and reminders: their guards found out that nobody held them.
   */
  constructor(report: Report, { revision }: Pick<RunContext, 'revision'>) {
    const scopeOfRun = CancellationScope.current();
    this.report = (happening) => {
      if (revision < 5 && happening.type !== 'approval_lapsed') report(happening);
      else void scopeOfRun.run(async () => report(happening));
    };
  }

  /** Starts the timers that are missing and ends those whose approval is no longer waiting. */
  follow(approvals: readonly PendingApproval[], granted: readonly Grant[] = []): void {
    const waiting = new Map<string, () => Promise<void>>(
      approvals.map((one) => [`${approvalKey(one.subject)} ${one.since}`, () => this.watch(one)]),
    );
    for (const one of granted) {
      if (one.until !== undefined) waiting.set(`${keyOf(one)} granted ${one.until}`, () => this.watchGrant(one));
    }
    for (const [key, scope] of this.scopes) {
      if (waiting.has(key)) continue;
      this.scopes.delete(key);
      scope.cancel();
    }
    for (const [key, watch] of waiting) {
      if (!this.scopes.has(key)) this.start(key, watch);
    }
  }

  private start(id: string, watch: () => Promise<void>): void {
    const scope = new CancellationScope();
    this.scopes.set(id, scope);
    void scope.run(watch).catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  }

  private async watch(approval: PendingApproval): Promise<void> {
    const key = approvalKey(approval.subject);
    const deadline = Date.parse(approval.deadline);
    const { since, stages = [] } = approval;
    const summary = `approval of ${key}: no decision until ${approval.deadline} means no`;
    const every = durationMs(approval.remindEvery);
    let stage = approval.escalated ?? 0;
    let reminder = Date.now() + every;
    for (let now = Date.now(); now < deadline; now = Date.now()) {
      const next = Math.min(reminder, deadline, Date.parse(stages[stage]?.at ?? approval.deadline));
      if (next > now) await sleep(next - now, { summary });
      if (Date.now() >= deadline) break;
      if (stages[stage] !== undefined && Date.parse(stages[stage]!.at) <= Date.now()) {
        this.report({ type: 'approval_escalated', key, since, stage: stage++ });
      }
      if (reminder > Date.now()) continue;
      reminder = Date.now() + every;
      this.report({ type: 'approval_reminder', key });
    }
    this.report({ type: 'approval_expired', key });
  }

  private async watchGrant(one: Grant): Promise<void> {
    const [key, until = ''] = [keyOf(one), one.until];
    const summary = `approval of ${key} is good until ${until}, then it is asked for again`;
    await sleep(Math.max(1, Date.parse(until) - Date.now()), { summary });
    this.report({ type: 'approval_lapsed', key, until });
  }
}
