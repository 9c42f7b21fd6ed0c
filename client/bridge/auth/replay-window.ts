/**
 * Signatures that were accepted within the window. It is this replica's own memory; on another one, an exact repetition
 * comes under the same request id (Identity.requestId), and is the same start, the same update or the same alert.
 */
export class ReplayWindow {
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly windowMs: number,
    private readonly now: () => number,
    private readonly limit = 100_000,
  ) {}

  /** false: it was there before. */
  add(signature: string): boolean {
    this.forgetOld();
    if (this.seen.has(signature)) return false;
    this.seen.set(signature, this.now() + 2 * this.windowMs);
    return true;
  }

  /** The request was not carried out: it may come again as it is. */
  forget(signature: string): void {
    this.seen.delete(signature);
  }

  /** Oldest first, since all are kept for the same time; beyond the limit the oldest go early. */
  private forgetOld(): void {
    for (const [signature, until] of this.seen) {
      if (until > this.now() && this.seen.size < this.limit) return;
      this.seen.delete(signature);
    }
  }
}
