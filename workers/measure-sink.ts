import type { InjectedSinks } from '@temporalio/worker';
import type { Measure, SentMeasure } from '../plan/measure';
import type { MeasureSinks } from '../workflows/run-measures';
import { boundedResult } from './bounded-label';
import type { Metrics } from './metrics';

/** How many measures are remembered. A workflow task that fails is tried again within seconds, or by another worker. */
const REMEMBERED = 20_000;

/** Takes what workflows measure into the metrics: nothing while they are replayed, and no measure twice. */
export function createMeasureSinks(metrics: Metrics, cluster: (name: string) => string): InjectedSinks<MeasureSinks> {
  const isNew = onlyOnce(REMEMBERED);
  return {
    kubernaut: {
      measure: {
        fn: (_info, { key, measure }: SentMeasure) => {
          if (isNew(key)) count(metrics, cluster, measure);
        },
        callDuringReplay: false,
      },
    },
  };
}

/** For workers that nobody asks for metrics: without a sink the SDK would complain of every measure. */
export const noMeasureSinks: InjectedSinks<MeasureSinks> = {
  kubernaut: { measure: { fn: () => {}, callDuringReplay: false } },
};

/** true for a key that was not among the last `size` ones. */
function onlyOnce(size: number): (key: string) => boolean {
  const keys = new Set<string>();
  return (key) => {
    if (keys.has(key)) return false;
    keys.add(key);
    if (keys.size > size) keys.delete(keys.values().next().value!);
    return true;
  };
}

function count(metrics: Metrics, bounded: (cluster: string) => string, measure: Measure): void {
  switch (measure.type) {
    case 'started':
      return metrics.remediationsStarted.inc({ dry_run: String(measure.dryRun) });
    case 'ended': {
      const { outcome, dryRun, seconds } = measure;
      return metrics.remediationDuration.observe({ outcome, dry_run: String(dryRun) }, seconds);
    }
    case 'incident_concluded':
      return metrics.incidentDuration.observe({ outcome: measure.outcome }, measure.seconds);
    case 'plan_refused':
      return metrics.validationFailures.inc({ subject: 'plan', code: boundedResult(measure.code) });
    case 'phase': {
      const { action, executor, phase } = measure;
      const result = boundedResult(measure.result);
      metrics.actionResults.inc({ action, executor, phase, result, cluster: bounded(measure.cluster) });
      // A step whose run was stopped meanwhile was not found to be at fault.
      const failed = phase === 'validate' && result !== 'ok' && result !== 'no_effect' && result !== 'CANCELLED';
      if (failed) metrics.validationFailures.inc({ subject: 'step', code: result });
      return;
    }
    case 'approval_requested':
      return metrics.approvalsRequested.inc({ subject: measure.subject });
    case 'approval_ended':
      return metrics.approvalWait.observe({ subject: measure.subject, decision: measure.decision }, measure.seconds);
    case 'guard_answered':
      return metrics.guardWait.observe({ guard: measure.kind, answer: measure.answer }, measure.seconds);
    case 'guard_lost':
      return metrics.guardLosses.inc({ guard: measure.kind });
    case 'policy_decided': {
      const { subject, verdict, mode } = measure;
      return metrics.policyDecisions.inc({ subject, verdict, mode });
    }
  }
}
