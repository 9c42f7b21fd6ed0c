import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ActionObserver } from '../activities/action-observer';
import { IncidentOutcome } from '../plan/incident/types';
import { Outcome } from '../plan/outcome';
import { PolicyMode, PolicyVerdict } from '../plan/policy/decision';
import { boundedLabel, boundedResult } from './bounded-label';
import { createMeasureSinks } from './measure-sink';
import type { MeasureSinks } from '../workflows/run-measures';
import { metricList, type MetricName, type MetricSpec } from './metric-list';
import type { InjectedSinks } from '@temporalio/worker';

type Kind = { counter: Counter; gauge: Gauge; histogram: Histogram };
/** Every metric of the list, by its key there. */
export type Metrics = { [Name in MetricName]: Kind[(typeof metricList)[Name]['type']] };

export interface WorkerMetrics {
  registry: Registry;
  metrics: Metrics;
  /** Feeds the metrics of attempts. */
  observer: ActionObserver;
  /** Feeds the metrics of runs: what workflows measure. */
  sinks: InjectedSinks<MeasureSinks>;
}

/**
 * The metrics of one worker process, in a registry of their own; what they are is in metric-list.ts.
 *
 * @param clusters names that the label `cluster` always keeps
 */
export function createMetrics(clusters: Iterable<string> = []): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = Object.fromEntries(
    Object.entries<MetricSpec>(metricList).map(([key, spec]) => [key, create(spec, registry)]),
  ) as unknown as Metrics;
  startAtZero(metrics);
  const cluster = boundedLabel(clusters);
  return {
    registry,
    metrics,
    observer: actionObserver(metrics, cluster),
    sinks: createMeasureSinks(metrics, cluster),
  };
}

function create({ type, name, help, labels, buckets }: MetricSpec, registry: Registry): Counter | Gauge | Histogram {
  const common = { name, help, labelNames: [...labels], registers: [registry] };
  switch (type) {
    case 'counter':
      return new Counter(common);
    case 'gauge':
      return new Gauge(common);
    case 'histogram':
      return new Histogram({ ...common, buckets: [...(buckets ?? [])] });
  }
}

/**
 * What alerts ask for the increase of begins with 0: Prometheus sees none in a series that is there with 1 at once. Only
 * where all labels are known beforehand.
 */
function startAtZero(metrics: Metrics): void {
  for (const dry_run of ['true', 'false']) {
    metrics.remediationsStarted.inc({ dry_run }, 0);
    for (const outcome of Object.values(Outcome)) metrics.remediationDuration.zero({ outcome, dry_run });
  }
  for (const outcome of Object.values(IncidentOutcome)) metrics.incidentDuration.zero({ outcome });
  for (const subject of ['plan', 'step', 'rollback', 'decision']) {
    metrics.approvalsRequested.inc({ subject }, 0);
    for (const decision of ['approved', 'rejected', 'expired', 'withdrawn']) {
      metrics.approvalWait.zero({ subject, decision });
    }
  }
  for (const guard of ['target', 'nodes', 'action', 'cluster']) {
    metrics.guardLosses.inc({ guard }, 0);
    for (const answer of ['granted', 'refused']) metrics.guardWait.zero({ guard, answer });
  }
  for (const subject of ['plan', 'step']) {
    metrics.policyDecisions.inc({ subject, verdict: 'error', mode: 'unknown' }, 0);
    for (const verdict of Object.values(PolicyVerdict)) {
      for (const mode of Object.values(PolicyMode)) metrics.policyDecisions.inc({ subject, verdict, mode }, 0);
    }
  }
  for (const question of ['investigate', 'follow_up']) metrics.holmesgptDuration.zero({ question, result: 'ok' });
}

function actionObserver(metrics: Metrics, bounded: (cluster: string) => string): ActionObserver {
  return {
    started({ action, executor, phase, cluster: given, waitMs }) {
      const cluster = bounded(given);
      const labels = { action, executor, cluster, phase };
      metrics.actionAttempts.inc(labels);
      metrics.actionsActive.inc(labels);
      if (waitMs !== undefined) metrics.queueWait.observe({ executor, cluster }, waitMs / 1000);
      const end = metrics.actionDuration.startTimer(labels);
      return (result) => {
        metrics.actionsActive.dec(labels);
        end({ result: boundedResult(result) });
      };
    },
    asked(question) {
      const end = metrics.holmesgptDuration.startTimer({ question });
      return (result) => void end({ result: boundedResult(result) });
    },
  };
}
