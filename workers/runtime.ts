import { createServer } from 'node:net';
import { Runtime } from '@temporalio/worker';
import type { Logger as PinoLogger } from 'pino';
import { temporalLogger } from './logger';

export interface InstalledRuntime {
  /** Where the SDK's core serves its own Prometheus metrics, on the loopback interface. `undefined`: nowhere. */
  coreMetricsUrl: string | undefined;
}

let installed: (InstalledRuntime & { runtime: Runtime }) | undefined;

/**
 * Installs the SDK's runtime: one per process, by the SDK's own rule (`Runtime.install` throws the second time), hence the
 * only module state of the project. A second call gets the first one's result; its logger stays that of the first.
 *
 * Metrics of the core come from its Prometheus exporter, on a free loopback port, and are served together with ours: the
 * buffered exporter is experimental and drops updates when nobody scrapes. The SDK's own signal handlers are off: the entry
 * decides what a signal means, and stops workers itself.
 */
export async function installRuntime(logger: PinoLogger, options: { metrics: boolean }): Promise<InstalledRuntime> {
  if (installed !== undefined) return installed;
  for (let attempt = 1; ; attempt++) {
    const bindAddress = options.metrics ? `127.0.0.1:${await freePort()}` : undefined;
    try {
      const runtime = Runtime.install({
        logger: temporalLogger(logger),
        shutdownSignals: [],
        telemetryOptions: {
          logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
          ...(bindAddress && {
            metrics: {
              attachServiceName: false,
              prometheus: { bindAddress, countersTotalSuffix: true, useSecondsForDurations: true, unitSuffix: true },
            },
          }),
        },
      });
      installed = { runtime, coreMetricsUrl: bindAddress && `http://${bindAddress}/metrics` };
      return installed;
    } catch (error) {
      // Somebody may have taken the port between our asking for it and the core's binding.
      if (bindAddress === undefined || attempt === 3 || (error as Error).name === 'IllegalStateError') throw error;
    }
  }
}

/** The SDK holds log lines back for 100 ms to sort them; at the end of a process the last ones would be lost. */
export function flushLogs(): void {
  // Not of `Runtime.instance()`: after the last connection's end that would make a new one.
  installed?.runtime.flushLogs();
}

/** A port that is free now. The exporter cannot report which one it took if asked for port 0. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
