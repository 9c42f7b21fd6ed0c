import type { KubeObject } from '../../../cluster/cluster';
import type { Clock } from '../../../contract';
import { isReady, podName, restartCount, stuckReason } from '../pods/pod';

export type Stability =
  | { is: 'stable' }
  | { is: 'unready'; reason: string }
  | { is: 'settling'; leftMs: number }
  /** Containers keep ending: it was ready for moments only. */
  | { is: 'crashing'; reason: string };

/** Restarts of one pod, since we began to look, that make a crash loop and no mere hiccup. */
const CRASHES = 3;

/**
 * Watches a set of pods for `windowMs` in which all are Ready and none restarts. One good reading proves nothing: a crashing
 * pod without readinessProbe is Ready for a moment after each start, and even `kubectl rollout status` believes it.
 */
export class StabilityWindow {
  private readonly firstSeen = new Map<string, number>();
  private fingerprint: string | undefined;
  private since = 0;

  constructor(
    private readonly clock: Clock,
    private readonly windowMs: number,
  ) {}

  look(pods: readonly KubeObject[]): Stability {
    for (const pod of pods) {
      const restarts = restartCount(pod);
      const first = this.firstSeen.get(pod.metadata.uid) ?? restarts;
      this.firstSeen.set(pod.metadata.uid, first);
      if (restarts - first >= CRASHES) {
        return {
          is: 'crashing',
          reason: `${podName(pod)} restarted ${restarts - first} times: ${stuckReason(pod) ?? 'its container keeps ending'}`,
        };
      }
    }
    const unready = pods.find((pod) => !isReady(pod));
    const fingerprint = pods
      .map((pod) => `${pod.metadata.uid}:${restartCount(pod)}`)
      .sort()
      .join();
    const now = this.clock.now();
    if (unready || fingerprint !== this.fingerprint) {
      this.fingerprint = unready ? undefined : fingerprint;
      this.since = now;
    }
    if (unready) return { is: 'unready', reason: `${podName(unready)} is not ready${because(stuckReason(unready))}` };
    const leftMs = this.since + this.windowMs - now;
    return leftMs <= 0 ? { is: 'stable' } : { is: 'settling', leftMs };
  }
}

function because(reason: string | undefined): string {
  return reason ? ` (${reason})` : '';
}
