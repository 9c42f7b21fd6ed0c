/** What guards hold to, as `guards` in kubernaut.yaml says; durations in ms. It reaches a run with the answer of `plan.check`. */
export interface GuardSettings {
  /** Remediations at work in one cluster at once. */
  concurrentPerCluster: number;
  /** Actions that take a node out of service, in one cluster at once. */
  concurrentNodeActions: number;
  cooldownMs: number;
  ratePerTarget?: { max: number; windowMs: number };
  ratePerCluster?: { max: number; windowMs: number };
  /** By action, in one cluster; of runs that began before there was this, absent. */
  ratePerAction?: Record<string, { max: number; windowMs: number }>;
  breaker?: { failures: number; openMs: number };
  oscillation?: { reversals: number; repeats: number; windowMs: number };
  onBusy: 'wait' | 'refuse';
  maxWaitMs: number;
  checkHoldersMs: number;
  /** How long the activity of a run that was terminated may still act: it hears of the end with its next heartbeat. */
  lingerMs: number;
}
