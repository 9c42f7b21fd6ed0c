import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Progress, seconds, silent } from '../progress';
import { ensureServers } from '../servers/ensure-servers';
import { clusterServers, startCluster } from './cluster';
import { assertPortFree, freePorts } from './free-port';
import { monitoringServers, startMonitoring } from './monitoring-servers';
import type { MonitoringWiring, Stack, StackOptions } from './stack';
import { startTemporal } from './temporal-server';
import { createWorkdir, sweepAbandoned, type Workdir } from './workdir';

/**
 * Starts a development stack of real servers; gets the servers first if they are not there. All parts start at the same
 * time. However this process ends, SIGKILL included, the servers end with it and the files are removed.
 *
 * Throws SetupError saying which server failed, where its log is and what to do; nothing is left running then, and the
 * logs stay.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const progress = options.progress ?? silent;
  await sweepAbandoned();
  await checkPorts(options);
  const servers = await ensureServers(['temporal', ...clusterServers], { progress });
  const monitoring = options.monitoring ? await ensureServers(monitoringServers, { progress }) : undefined;
  const workdir = await createWorkdir({ folder: options.workdir, keep: options.keep });
  try {
    return await startServers(options, { ...servers, monitoring }, workdir, progress);
  } catch (error) {
    await workdir.abandon();
    throw error;
  }
}

async function checkPorts(options: StackOptions): Promise<void> {
  if (options.temporalPort !== undefined) {
    await assertPortFree(options.temporalPort, 'the Temporal server', '--temporal-port');
  }
  if (options.webUiPort !== undefined) {
    await assertPortFree(options.webUiPort, 'the Temporal Web UI', '--web-ui-port');
  }
}

type Servers = Record<'temporal' | (typeof clusterServers)[number], string> & {
  monitoring: Record<(typeof monitoringServers)[number], string> | undefined;
};

async function startServers(
  options: StackOptions,
  servers: Servers,
  workdir: Workdir,
  progress: Progress,
): Promise<Stack> {
  const { folder } = workdir;
  const clusterName = options.clusterName ?? 'kubernaut-dev';
  const [port = 0, webUiPort = 0] = await freePorts(2);
  const databaseFile = databaseFileOf(options, folder);
  if (databaseFile !== undefined) {
    await mkdir(dirname(databaseFile), { recursive: true });
  }
  const [temporal, cluster, monitoring] = await allOrFirstFailure([
    timed(progress, 'temporal', () =>
      startTemporal({
        temporal: servers.temporal,
        workdir: folder,
        port: options.temporalPort ?? port,
        webUiPort: options.webUiPort ?? webUiPort,
        databaseFile,
        dynamicConfig: options.dynamicConfig ?? {},
      }),
    ),
    timed(progress, 'kubernetes', () =>
      startCluster({ name: clusterName, workdir: folder, nodes: options.nodes ?? 3, servers }),
    ),
    servers.monitoring &&
      timed(progress, 'monitoring', () =>
        startMonitoring({ ...wiringOf(options), workdir: folder, servers: servers.monitoring! }),
      ),
  ]);
  return {
    temporalAddress: temporal.address,
    temporalNamespace: 'default',
    webUiUrl: temporal.webUiUrl,
    ...cluster,
    ...(monitoring && { monitoring }),
    clusterName,
    kubectl: servers.kubectl,
    temporal: servers.temporal,
    workdir: folder,
    restartTemporal: () => temporal.restart(),
    stop: () => workdir.stop(),
  };
}

function wiringOf({ monitoring }: StackOptions): MonitoringWiring {
  return typeof monitoring === 'object' ? monitoring : {};
}

function databaseFileOf({ temporalDatabase }: StackOptions, folder: string): string | undefined {
  if (typeof temporalDatabase === 'string') {
    return temporalDatabase;
  }
  return temporalDatabase === true ? join(folder, 'temporal.db') : undefined;
}

/** Waits for all, so that nothing is still starting while the rest is being stopped; then throws the first failure. */
async function allOrFirstFailure<A, B, C>(work: [Promise<A>, Promise<B>, C]): Promise<[A, B, Awaited<C>]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function timed<T>(progress: Progress, what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  progress.line(`${what.padEnd(24)}ready, ${seconds(performance.now() - start)}`);
  return result;
}
