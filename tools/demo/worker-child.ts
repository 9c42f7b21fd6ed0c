import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePorts } from '../stack/free-port';
import type { Stack } from '../stack/stack';
import { startServiceChild, type ServiceChild } from './child';

export interface WorkerChildOptions {
  /** Added to the environment of this process. */
  env?: Readonly<Record<string, string>>;
  /** On top of what it needs for the stack, as in kubernaut.yaml. */
  settings?: object;
}

/**
 * A worker for the stack's cluster as a process of its own, as in production; ready when it resolves.
 *
 * @param cluster name of the cluster in plans
 * @throws SetupError with the log's place when it does not become ready within 30 s
 */
export async function startWorkerChild(
  stack: Stack,
  cluster: string,
  { env, settings = {} }: WorkerChildOptions = {},
): Promise<ServiceChild> {
  const [port] = await freePorts(1);
  const { monitoring, kubeconfig, context } = stack;
  const watched = monitoring && {
    alertmanager: { url: monitoring.alertmanagerUrl },
    prometheus: { url: monitoring.prometheusUrl },
  };
  const all = {
    temporal: { address: stack.temporalAddress, namespace: stack.temporalNamespace, webUi: stack.webUiUrl },
    clusters: [{ name: cluster, kubeconfig, context, ...(watched && { monitoring: watched }) }],
    policy: { mode: 'auto', selfApproval: true },
    worker: { metrics: { port }, shutdownGraceSeconds: 2 },
    // The story comes back to the same Deployment within minutes, and its cluster is small.
    guards: { cooldown: '1s', nodes: { minSchedulable: 1 } },
    ...settings,
  };
  const file = join(stack.workdir, 'kubernaut.yaml');
  await writeFile(file, stringify(all), { mode: 0o600 });
  return startServiceChild({
    what: 'worker',
    args: [join(__dirname, '..', '..', 'workers', 'main.js'), '--config', file],
    url: `http://127.0.0.1:${port}`,
    logFile: join(stack.workdir, 'worker.log'),
    ...(env && { env }),
  });
}
