import { closeSync, openSync } from 'node:fs';
import { lastLines } from '../../../tools/processes/last-lines';
import { streamProgress } from '../../../tools/progress';
import { assertPortFree, freePorts } from '../../../tools/stack/free-port';
import type { Stack } from '../../../tools/stack/stack';
import { startStack } from '../../../tools/stack/start-stack';
import type { Settings } from '../../../config/settings';
import { CliError } from '../cli-error';
import type { CliIo } from '../cli-io';
import { ExitCode } from '../exit-codes';
import { renderFields } from '../output/table';
import { writeLine } from '../output/write';
import { runWorkerProcess } from '../worker-process';
import { type DevFiles, writeDevFiles } from './dev-files';
import { waitUntilReady } from './wait-until-ready';
import { workerEnvironment } from './worker-environment';

export interface DevOptions {
  nodes: number;
  temporalPort?: number;
  webUiPort?: number;
  /** Database file of the Temporal server; workflows then outlive the stack. */
  db?: string;
}

/** The ports of Temporal's own development server: the CLI finds a server there without being told. */
const usualPorts = { temporal: 7233, webUi: 8233 } as const;

/** Starts everything, says how to use it, and ends everything when the CLI is told to stop or the worker dies. */
export async function runDev(io: CliIo, base: Settings, options: DevOptions): Promise<ExitCode> {
  const stack = await unlessStopped(
    io,
    startStack({
      nodes: options.nodes,
      temporalPort: options.temporalPort ?? (await ifFree(usualPorts.temporal)),
      webUiPort: options.webUiPort ?? (await ifFree(usualPorts.webUi)),
      temporalDatabase: options.db,
      monitoring: true,
      progress: streamProgress(io.stderr as NodeJS.WriteStream),
    }),
  );
  try {
    return await workOn(io, stack, base);
  } finally {
    writeLine(io.stderr, 'Stopping …');
    await stack.stop();
    writeLine(io.stderr, 'Stopped; nothing is left running.');
  }
}

async function workOn(io: CliIo, stack: Stack, base: Settings): Promise<ExitCode> {
  const [metricsPort = 0] = await freePorts(1);
  const files = await writeDevFiles(stack, base, metricsPort);
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const log = openSync(files.workerLog, 'a');
  const worker = runWorkerProcess(
    { ...io, signal },
    { settingsFile: files.settingsFile, env: workerEnvironment(io.env), stdio: ['ignore', log, log], node: files.node },
  ).finally(() => closeSync(log));
  try {
    const url = `http://127.0.0.1:${metricsPort}/readyz`;
    const died = worker.then(() => 'died' as const);
    const ready = await Promise.race([waitUntilReady({ url, timeoutMs: 60_000, signal }), died]);
    if (ready !== true) throw await workerFailure(files);
    writeLine(io.stdout, welcome(stack, files));
    await died;
    if (io.signal.aborted) return ExitCode.interrupted;
    throw await workerFailure(files);
  } finally {
    stop.abort();
    await worker.catch(() => undefined);
  }
}

/**
 * Getting and starting the servers cannot be broken off from outside. When the CLI is told to stop meanwhile, it simply
 * ends: the watchdog of the stack then ends what has been started.
 */
async function unlessStopped<T>(io: CliIo, work: Promise<T>): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new CliError(ExitCode.interrupted, 'Stopped before everything was running.'));
    if (io.signal.aborted) stop();
    io.signal.addEventListener('abort', stop, { once: true });
  });
  stopped.catch(() => undefined);
  return Promise.race([work, stopped]);
}

async function ifFree(port: number): Promise<number | undefined> {
  return assertPortFree(port, 'the development stack', '').then(
    () => port,
    () => undefined,
  );
}

async function workerFailure({ workerLog }: DevFiles): Promise<CliError> {
  const lines = (await lastLines(workerLog)).replace(/^/gm, '  | ');
  return new CliError(ExitCode.unexpected, `The worker ended or did not get ready. Its last words:\n${lines}`, {
    remedy: 'Correct what it says, and start `kubernaut dev` again.',
  });
}

function welcome(stack: Stack, files: DevFiles): string {
  return `
Kubernaut is running.

${renderFields([
  ['  Web UI', stack.webUiUrl],
  ['  Temporal', `${stack.temporalAddress}, namespace ${stack.temporalNamespace}`],
  ['  kubeconfig', stack.kubeconfig],
  ['  Prometheus', stack.monitoring?.prometheusUrl],
  ['  Alertmanager', stack.monitoring?.alertmanagerUrl],
  ['  settings', files.settingsFile],
  ['  worker log', files.workerLog],
])}

A first remediation, in another terminal:

  export KUBERNAUT_CONFIG=${files.settingsFile} KUBECONFIG=${stack.kubeconfig}
  ${stack.kubectl} create deployment web --image=nginx --replicas=2
  kubernaut plan preview ${files.firstPlan}     # what would happen
  kubernaut run ${files.firstPlan}              # start it; it waits for your approval
  kubernaut approve remediation/first-plan/2    # the id that run printed; shows the preview, then asks
  kubernaut audit remediation/first-plan/2      # who did what, when

Ctrl-C ends all of it.`;
}
