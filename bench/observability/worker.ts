import { join } from 'node:path';
import { parseSettings } from '../../config/parse-settings';
import { runWorker } from '../../workers/run-worker';
import type { Watching } from './watching';

/** A worker that is watched, or by nobody at all; all else is the same. */
async function main(address: string, namespace: string, watching: Watching): Promise<void> {
  const stop = new AbortController();
  // Also when the bench itself has gone: nobody would tell this process any more.
  for (const event of ['SIGTERM', 'disconnect'] as const) process.once(event as 'SIGTERM', () => stop.abort());
  const settings = parseSettings(
    {
      temporal: { address, namespace },
      worker: { metrics: { port: watching.metrics ?? false }, shutdownGraceSeconds: 2 },
      ...(watching.traces !== undefined && { tracing: { url: watching.traces } }),
      ...(watching.audit !== undefined && { audit: watching.audit }),
      guards: { enabled: false },
      policy: { mode: 'auto', defaults: false },
      plugins: [join(__dirname, '..', 'hold-plugin.js')],
    },
    'the bench',
  );
  await runWorker(settings, { signal: stop.signal, onStarted: () => void process.send?.('ready') });
}

const [address = '', namespace = '', watching = '{}'] = process.argv.slice(2);
main(address, namespace, JSON.parse(watching) as Watching).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
