import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ActionObserver } from '../activities/action-observer';

export interface WorkerMetrics {
  registry: Registry;
  /** Feeds the metrics of actions. */
  observer: ActionObserver;
}

/**
 * The metrics of one worker process, in a registry of their own. All labels are bounded: actions and executors by what is
 * registered, phases by the contract, results by the error catalogue.
 *
 * - `kubernaut_action_duration_seconds{action,executor,phase,result}` histogram, one observation per finished attempt
 * - `kubernaut_action_attempts_total{action,executor,phase}` counter, one per started attempt
 * - `kubernaut_actions_active{executor,phase}` gauge, attempts under way
 */
export function createMetrics(): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const duration = new Histogram({
    name: 'kubernaut_action_duration_seconds',
    help: 'How long one attempt of one phase of an action took; result is ok, no_effect, unverified or an error code.',
    labelNames: ['action', 'executor', 'phase', 'result'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
    registers,
  });
  const attempts = new Counter({
    name: 'kubernaut_action_attempts_total',
    help: 'Attempts of phases of actions that were started; retries count, unlike in Temporal’s history.',
    labelNames: ['action', 'executor', 'phase'],
    registers,
  });
  const active = new Gauge({
    name: 'kubernaut_actions_active',
    help: 'Attempts of phases of actions under way in this process.',
    labelNames: ['executor', 'phase'],
    registers,
  });
  return {
    registry,
    observer: {
      started({ action, executor, phase }) {
        attempts.inc({ action, executor, phase });
        active.inc({ executor, phase });
        const end = duration.startTimer({ action, executor, phase });
        return (result) => {
          active.dec({ executor, phase });
          end({ result });
        };
      },
    },
  };
}
