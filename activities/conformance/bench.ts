import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionDefinition, Permission } from '../contract';
import type { Executor } from '../executor';
import { createAccount, type Account } from './account';
import type { AuditLog } from './audit-log';
import { type ConformanceFixture, NotApplicable, type Stage, type Staged } from './fixture';
import { CallRecord } from './recorded-cluster';
import { stageNode } from './staging-node';
import type { StagingCluster } from './staging-cluster';
import { stageWorkload, uniqueName } from './staging-workloads';
import { Trial, type Outputs } from './trial';

/** All that the journeys of one action work with. */
export interface Bench {
  action: ActionDefinition;
  fixture: ConformanceFixture;
  executor: Executor;
  staging: StagingCluster;
  audit?: AuditLog;
  services: Readonly<Record<string, string>>;
  outputs: Outputs;
  /** Of every trial, for what is judged over all of them. */
  trials: Trial[];
  usernames: string[];
  canary: string;
}

/** One trial in the world it was staged in. */
export interface Setting {
  trial: Trial;
  namespace: string;
  /** Of the account under which the trial runs. */
  username: string;
  /** Another account in the same place. */
  account(permissions: readonly Permission[]): Promise<Account>;
}

/** Stages a target in a namespace of its own and cleans up behind `run`, however it ends. */
export async function inSetting<T>(
  bench: Bench,
  stage: (stage: Stage) => Promise<Staged>,
  run: (setting: Setting) => Promise<T>,
): Promise<T> {
  const { staging, action } = bench;
  const { kube } = staging;
  const undo: Array<() => Promise<unknown>> = [];
  const record = new CallRecord();
  const namespace = uniqueName(`conformance-${action.name.replaceAll('_', '-').slice(0, 40)}`);
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
  try {
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    undo.push(() => kube.startRemoval(ref));
    await createCanary(bench, namespace);
    const account = async (permissions: readonly Permission[]) => {
      const made = await createAccount(staging, namespace, permissions);
      undo.push(() => made.remove());
      return made;
    };
    const [own, staged] = await Promise.all([
      account(action.permissions),
      stage(stageOf(bench, { namespace, record, defer: (each) => undo.push(each) })),
    ]);
    const trial = new Trial({ action, executor: bench.executor, staged, account: own, outputs: bench.outputs, record });
    undo.push(async () => trial.end());
    bench.trials.push(trial);
    bench.usernames.push(own.username);
    return await run({ trial, namespace, username: own.username, account });
  } finally {
    for (const each of undo.reverse()) await each().catch(() => undefined);
  }
}

/** Pods are refused until the controller manager has made the default ServiceAccount. */
async function createCanary({ staging: { kube }, canary }: Bench, namespace: string): Promise<void> {
  await kube.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: 'canary' },
    stringData: { token: canary },
  });
  await kube.until(`ServiceAccount of ${namespace}`, () =>
    kube.find({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' }),
  );
}

function stageOf(
  bench: Bench,
  { namespace, record, defer }: { namespace: string; record: CallRecord; defer: Stage['defer'] },
): Stage {
  const { staging, canary, services } = bench;
  return {
    kube: staging.kube,
    namespace,
    canary,
    name: uniqueName,
    workload: (options) => stageWorkload(staging.kube, namespace, canary, options),
    node: () => stageNode(staging.kube, defer),
    service(name) {
      const url = services[name];
      if (url === undefined) throw new NotApplicable(`no ${name} was given to the run (--service ${name}=URL)`);
      return url;
    },
    play(controller) {
      const stop = new AbortController();
      const ended = controller(stop.signal).catch(() => undefined);
      defer(async () => {
        stop.abort();
        await ended;
      });
    },
    async watched(resource, signal) {
      const watches = () =>
        record.calls.some(({ permission }) => permission.verb === 'watch' && permission.resource === resource);
      while (!watches()) await sleep(50, undefined, { signal });
    },
    defer,
  };
}
