import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import { writeFile } from 'node:fs/promises';
import type { Stack } from '../../tools/stack/stack';

export const TOKEN = 'a token for the bench alone'.replaceAll(' ', '-');

/** `kubernaut bridge` as a process of its own, with a bearer token, so that its work is not that of the load generator. */
export async function startBridgeProcess(stack: Stack): Promise<{ url: string; stop(): Promise<void> }> {
  const settings = join(stack.workdir, 'bench-bridge.yaml');
  const auth = { tokens: [{ name: 'bench', roles: ['ingest'], token: { env: 'TOKEN' } }] };
  const rateLimit = { ingestPerMinute: 1_000_000 };
  await writeFile(settings, stringify({ bridge: { port: 0, auth, rateLimit, log: { level: 'info' } } }));
  const program = join(__dirname, '..', '..', 'client', 'cli', 'main.js');
  const where = ['--address', stack.temporalAddress, '--namespace', stack.temporalNamespace];
  const child = spawn(process.execPath, [program, 'bridge', '--config', settings, ...where], {
    env: { ...process.env, TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const started = new Promise<string>((resolve) => {
    // Every line must be read: a full pipe would hold the bridge up.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
      if (msg === 'bridge started' && url !== undefined) resolve(url);
    });
  });
  const url = await Promise.race([
    started,
    exit.then(() => {
      throw new Error('the bridge ended while it was starting');
    }),
  ]);
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await exit;
    },
  };
}
