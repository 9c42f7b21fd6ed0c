import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** Waits, durably, until a temporary effect may be taken back. It follows from the state, so a run that continues as new has it again. */
export class KeepTimer {
  private until: number | undefined;
  private scope: CancellationScope | undefined;

  constructor(private readonly report: () => void) {}

  /** Starts the timer when there is something to wait for, and ends one that is not waited for any more. */
  follow(until: number | undefined): void {
    if (until === this.until) return;
    this.scope?.cancel();
    this.until = until;
    this.scope = undefined;
    if (until !== undefined) this.start(until);
  }

  private start(until: number): void {
    const scope = new CancellationScope();
    this.scope = scope;
    const summary = `temporary effects stay until ${new Date(until).toISOString()}`;
    void scope
      .run(() => sleep(Math.max(1, until - Date.now()), { summary }))
      .then(
        () => this.report(),
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
        },
      );
  }
}
