import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** One durable timer for the earliest thing to come. Ringing too early is harmless, so a later time leaves it as it is: each timer costs two events. */
export class Alarm {
  private at = Infinity;
  private scope: CancellationScope | undefined;

  constructor(private readonly ring: () => void) {}

  /** `at` in workflow time, ms; undefined: nothing is to come. */
  set(at = Infinity): void {
    if (at >= this.at || at === Infinity) return;
    this.scope?.cancel();
    this.at = at;
    const scope = new CancellationScope();
    this.scope = scope;
    void scope
      .run(() => sleep(Math.max(1, at - Date.now())))
      .then(
        () => {
          this.at = Infinity;
          this.ring();
        },
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
        },
      );
  }
}
