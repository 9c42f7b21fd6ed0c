import { proxySinks, workflowInfo, type Sinks } from '@temporalio/workflow';
import type { Measure, SentMeasure } from '../plan/measure';

/** Served by every worker of workflows; see workers/measure-sink.ts. */
export interface MeasureSinks extends Sinks {
  kubernaut: { measure(sent: SentMeasure): void };
}

const { kubernaut } = proxySinks<MeasureSinks>();

/**
 * Sends what is counted to the worker, once per real event: nothing while history is replayed, and with a key by which the
 * worker knows a measure of a workflow task that is tried again. A sink is no command: histories stay as they are.
 */
export class RunMeasures {
  /** How often this run has measured the same. Counts during replay, too, so that keys stay the same. */
  private readonly counts = new Map<string, number>();

  send(measures: readonly Measure[]): void {
    for (const measure of measures) {
      const same = JSON.stringify({ ...measure, seconds: undefined });
      const count = (this.counts.get(same) ?? 0) + 1;
      this.counts.set(same, count);
      const { runId, unsafe } = workflowInfo();
      if (!unsafe.isReplaying) kubernaut.measure({ key: `${runId} ${same} ${count}`, measure });
    }
  }
}
