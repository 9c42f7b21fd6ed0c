import { parseArgs } from 'node:util';
import { loadSettings } from '../config/load-settings';
import { KubernautError } from '../plan/errors';
import { createLogger } from '../activities/json-logger';
import type * as RunWorker from './run-worker';

/** What the process's end means to whoever started it. */
export const ExitCode = {
  /** Drained after SIGTERM or SIGINT. */
  drained: 0,
  /** A worker failed while running. */
  failed: 1,
  /** Settings or arguments do not fit; starting again changes nothing. */
  settings: 2,
  /** Temporal cannot be reached, or does not let us in. */
  unavailable: 3,
} as const;

/**
 * `node lib/workers/main.js [--config kubernaut.yaml]`: one worker process. Logs are JSON lines on stdout; why it could not
 * start is one plain paragraph on stderr. The first SIGTERM or SIGINT drains, a second one ends at once.
 */
export async function main(args: string[]): Promise<number> {
  let level: Parameters<typeof createLogger>[0] = 'info';
  try {
    const { values } = parseArgs({ args, options: { config: { type: 'string', short: 'c' } } });
    const { settings, file } = loadSettings(values.config);
    level = settings.worker.log.level;
    const logger = createLogger(level);
    const signal = stopSignal();
    logger.info({ settings: file ?? 'defaults' }, 'worker starting');
    // Loaded only now: the SDK takes a second to load, and a mistake in the settings should be told at once.
    const { runWorker } = require('./run-worker') as typeof RunWorker;
    await runWorker(settings, { signal, logger });
    return ExitCode.drained;
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return exitCodeOf(error);
  }
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(ExitCode.failed);
      stop.abort();
    });
  }
  return stop.signal;
}

function explain(error: unknown): string {
  if (error instanceof KubernautError) return `${error.message}\n${error.remedy}`;
  return error instanceof Error ? error.message : String(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof KubernautError) {
    return ['UNAVAILABLE', 'UNAUTHORIZED', 'FORBIDDEN'].includes(error.code) ? ExitCode.unavailable : ExitCode.settings;
  }
  const { code } = error as NodeJS.ErrnoException;
  return code?.startsWith('ERR_PARSE_ARGS') ? ExitCode.settings : ExitCode.failed;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => {
    // Node would wait for handles of the native core otherwise.
    process.exit(code);
  });
}
