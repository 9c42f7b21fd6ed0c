import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientOptions, type Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { createRegistry } from '../activities/actions';
import { Remediations } from '../client/remediations';
import { checkPlan } from '../plan/check';
import type { RemediationPlan } from '../plan/model';
import type { Stack } from '../tools/stack/stack';
import { registerSearchAttributes } from '../activities/search-attributes';
import { plugin } from './hold-plugin';

export interface SideOptions {
  /** Of its namespace and its log: `guards-on`. */
  name: string;
  /** Absolute path of the worker's program; it says `ready` to its parent. */
  worker: string;
  /** Handed to it after the address of Temporal and the namespace. */
  args: readonly string[];
  interceptors?: ClientOptions['interceptors'];
}

let count = 0;

/** One side of the comparison: a namespace, and a worker process that serves it. */
export class Side {
  private constructor(
    private readonly remediations: Remediations,
    private readonly end: () => Promise<void>,
  ) {}

  static async open(stack: Stack, connection: Connection, options: SideOptions): Promise<Side> {
    const { name: namespace, worker, args, interceptors } = options;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(86_400_000),
    });
    // The frontend learns of a new namespace with its next refresh.
    for (let tries = 0; !(await isRegistered(connection, namespace)); tries++) {
      if (tries > 100) throw new Error(`the namespace ${namespace} does not come to be`);
      await sleep(200);
    }
    const log = createWriteStream(join(stack.workdir, `bench-worker-${namespace}.log`));
    const child = fork(worker, [stack.temporalAddress, namespace, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stdout!.pipe(log, { end: false });
    child.stderr!.pipe(log, { end: false });
    const exited = once(child, 'exit');
    const ready = await Promise.race([once(child, 'message').then(() => true), exited.then(() => false)]);
    if (!ready) throw new Error(`the worker of ${namespace} ended while it was starting; see ${stack.workdir}`);
    const client = new Client({ connection, namespace, ...(interceptors && { interceptors }) });
    return new Side(new Remediations(client, { callTimeoutMs: 60_000 }), async () => {
      child.kill('SIGTERM');
      await exited;
    });
  }

  /** Carries out a plan of one step on a target that nobody else wants; ms from the call that starts it to its result. */
  async one(): Promise<number> {
    const startedAt = performance.now();
    const n = ++count;
    const { id } = await this.remediations.start(planOn(`web-${n}`), { id: `remediation/bench/${n}` });
    const { outcome, reason } = await this.remediations.result(id);
    if (outcome !== 'succeeded') throw new Error(`${id}: ${outcome}, ${reason}`);
    return performance.now() - startedAt;
  }

  stop(): Promise<void> {
    return this.end();
  }
}

async function isRegistered(connection: Connection, namespace: string): Promise<boolean> {
  return registerSearchAttributes(connection, namespace).then(
    () => true,
    () => false,
  );
}

function planOn(name: string): RemediationPlan {
  const document = {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'bench', reason: 'to be measured', requester: 'bench' },
    spec: { cluster: 'bench', steps: [{ id: 'hold', action: 'bench_hold', target: `Deployment/shop/${name}` }] },
  };
  const checked = checkPlan(document, { actions: createRegistry().register(...plugin.actions) });
  if (!checked.ok) throw new Error(checked.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return checked.plan;
}
