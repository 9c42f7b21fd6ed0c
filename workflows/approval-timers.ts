import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { approvalKey } from '../plan/core/ask';
import { durationMs } from '../plan/duration';
import type { PendingApproval } from '../plan/steering';

/**
 * Deadlines and reminders of approvals as durable timers. They follow from the approvals that are waiting, so a run that
 * continues as new, or is replayed, has the same ones again.
 */
export class ApprovalTimers {
  private readonly scopes = new Map<string, CancellationScope>();

  constructor(private readonly report: (type: 'approval_expired' | 'approval_reminder', key: string) => void) {}

  /** Starts the timers that are missing and ends those whose approval is no longer waiting. */
  follow(approvals: readonly PendingApproval[]): void {
    const waiting = new Map(
      approvals.map((approval) => [`${approvalKey(approval.subject)} ${approval.since}`, approval]),
    );
    for (const [key, scope] of this.scopes) {
      if (waiting.has(key)) continue;
      this.scopes.delete(key);
      scope.cancel();
    }
    for (const [key, approval] of waiting) {
      if (!this.scopes.has(key)) this.start(key, approval);
    }
  }

  private start(id: string, approval: PendingApproval): void {
    const scope = new CancellationScope();
    this.scopes.set(id, scope);
    void scope
      .run(() => this.watch(approval))
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }

  private async watch(approval: PendingApproval): Promise<void> {
    const key = approvalKey(approval.subject);
    const deadline = Date.parse(approval.deadline);
    const every = durationMs(approval.remindEvery);
    for (let left = deadline - Date.now(); left > 0; left = deadline - Date.now()) {
      await sleep(Math.min(every, left), {
        summary: `approval of ${key}: no decision until ${approval.deadline} means no`,
      });
      if (Date.now() < deadline) this.report('approval_reminder', key);
    }
    this.report('approval_expired', key);
  }
}
