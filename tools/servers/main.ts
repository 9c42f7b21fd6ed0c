import { streamProgress } from '../progress';
import { SetupError } from '../setup-error';
import { ensureServers } from './ensure-servers';
import { manifest } from './manifest';

/** `node lib/tools/servers/main.js [NAME…]`: gets the servers ready and prints their paths as JSON. */
async function main(): Promise<void> {
  const names = process.argv.slice(2);
  const files = await ensureServers(names.length > 0 ? names : manifest.map((spec) => spec.name), {
    progress: streamProgress(),
  });
  process.stdout.write(`${JSON.stringify(files, undefined, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof SetupError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
});
