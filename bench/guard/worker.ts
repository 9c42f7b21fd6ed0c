import { join } from 'node:path';
import { parseSettings } from '../../config/parse-settings';
import { runWorker } from '../../workers/run-worker';

/** A worker with the guards on or off, in a Temporal namespace of its own; all else is the same. */
async function main(address: string, namespace: string, guards: string): Promise<void> {
  const stop = new AbortController();
  // Also when the bench itself has gone: nobody would tell this process any more.
  for (const event of ['SIGTERM', 'disconnect'] as const) process.once(event as 'SIGTERM', () => stop.abort());
  const settings = parseSettings(
    {
      temporal: { address, namespace },
      worker: { metrics: { port: 0 }, shutdownGraceSeconds: 2 },
      // More plans within minutes than any real cluster is to have.
      guards: guards === 'on' ? { ratePerCluster: false } : { enabled: false },
      policy: { mode: 'auto', defaults: false },
      plugins: [join(__dirname, '..', 'hold-plugin.js')],
    },
    'the bench',
  );
  await runWorker(settings, { signal: stop.signal, onStarted: () => void process.send?.('ready') });
}

const [address = '', namespace = '', guards = ''] = process.argv.slice(2);
main(address, namespace, guards).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
