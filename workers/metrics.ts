import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ActionObserver } from '../activities/action-observer';
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
