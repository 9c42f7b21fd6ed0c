import type { Client } from '@temporalio/client';
import type { StopOrder, StopScope } from '../../plan/stop/stop-order';
import { stopWorkflowId } from '../../plan/stop/stop-order';
import { MAIN_TASK_QUEUE } from '../../plan/task-queues';
import type { Cluster, KubeObject } from '../cluster/cluster';
import type { Clock } from '../contract';
import { Mirror } from '../executors/kubernetes/wait/mirror';
import type { TemporalBrake } from './brake';
import { engageStop, releaseStop } from './engage';

export interface ConfigMapPlace {
  namespace: string;
  name: string;
}

export interface ConfigMapSwitchOptions {
  /** As targets call the cluster. */
  name: string;
  cluster: Cluster;
  place: ConfigMapPlace;
  brake: TemporalBrake;
  client: Pick<Client, 'workflow'>;
  clock: Clock;
  log: (level: 'info' | 'warn', message: string) => void;
}

const RETRY_MS = 5_000;
/** Rights may be granted later; a worker need not be restarted for it. */
const GIVEN_UP_MS = 60_000;

/**
 * The kill switch as a ConfigMap of the cluster: `data.stop: "true"`, for people whose only tool at hand is kubectl. The
 * worker obeys what it sees at once, and mirrors it into the switch `stop/configmap/<cluster>`, so that workers without access
 * to the ConfigMap obey it too and runs hear of its release. It is only ever released by the ConfigMap itself: a worker that
 * cannot read it leaves everything as it is.
 */
export class ConfigMapSwitch {
  private readonly scope: StopScope;
  private engaged: boolean | undefined;
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly options: ConfigMapSwitchOptions) {
    this.scope = { kind: 'configmap', cluster: options.name };
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { name, cluster, place, clock, log } = this.options;
    const query = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: place.namespace,
      fieldSelector: `metadata.name=${place.name}`,
    };
    while (!signal.aborted) {
      const mirror: Mirror = new Mirror(cluster, clock, query, () => {
        if (mirror.synced && !mirror.trouble) this.see(mirror.items()[0], signal);
      });
      await mirror.run(signal);
      if (mirror.fatal && !signal.aborted) {
        const what = `the kill switch ConfigMap ${place.namespace}/${place.name} of cluster ${name} cannot be read`;
        log('warn', `${what}: ${mirror.fatal.message}`);
        await clock.sleep(GIVEN_UP_MS, signal).catch(() => undefined);
      }
    }
    await this.work;
  }

  private see(object: KubeObject | undefined, signal: AbortSignal): void {
    const order = orderOf(object, stopWorkflowId(this.scope));
    this.options.brake.note(this.options.name, order);
    if (this.engaged === (order !== undefined)) return;
    this.engaged = order !== undefined;
    // One after the other: a release must not overtake the engagement before it.
    this.work = this.work.then(() => this.tell(order, signal));
  }

  private async tell(order: StopOrder | undefined, signal: AbortSignal): Promise<void> {
    const { client, name, clock, place, log } = this.options;
    while (!signal.aborted) {
      try {
        if (order) {
          await engageStop(client, this.scope, order, MAIN_TASK_QUEUE);
          log('warn', `kill switch of cluster ${name} engaged by its ConfigMap: ${order.reason}`);
        } else {
          const by = `ConfigMap ${place.namespace}/${place.name}`;
          if (await releaseStop(client, this.scope, { by })) {
            log('info', `kill switch of cluster ${name} released by its ConfigMap`);
          }
        }
        return;
      } catch {
        // The brake holds all the same; only others do not know yet.
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }
}

/** Anything but a clear "no" engages: a typing mistake in an emergency must not be taken for all-clear. */
function orderOf(object: KubeObject | undefined, id: string): StopOrder | undefined {
  if (object === undefined) return undefined;
  const data = (object['data'] ?? {}) as Record<string, string>;
  const value = (data['stop'] ?? '').trim().toLowerCase();
  if (['', 'false', 'no', 'off', '0'].includes(value)) return undefined;
  const { namespace, name } = object.metadata;
  return {
    id,
    by: data['by'] ?? `ConfigMap ${namespace}/${name}`,
    reason: data['reason'] ?? 'no reason given',
    since: new Date().toISOString(),
  };
}
