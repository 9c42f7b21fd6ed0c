import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Stack } from '../stack/stack';
import { freePorts } from '../stack/free-port';
import { startServiceChild, type ServiceChild } from './child';

export interface BridgeChildOptions {
  /** Of alerts that name no cluster. */
  cluster: string;
  /** What Alertmanager, and nobody else, is known by. */
  token: string;
  /** Default: a free one. */
  port?: number;
  /** `rateLimit` of kubernaut.yaml. */
  rateLimit?: object;
  /** Arguments of node that are the CLI. Default: that of the build. */
  program?: readonly string[];
  /** Default 30. */
  readyWithinSeconds?: number;
}

const built = [join(__dirname, '..', '..', 'client', 'cli', 'main.js')];

/** `kubernaut bridge` as a process of its own; whoever has the token may post alerts, and nothing else is open. */
export async function startBridgeChild(
  stack: Pick<Stack, 'workdir' | 'temporalAddress' | 'temporalNamespace'>,
  options: BridgeChildOptions,
): Promise<ServiceChild> {
  const { cluster, token, rateLimit, program = built, readyWithinSeconds } = options;
  const port = options.port ?? (await freePorts(1))[0];
  const auth = { tokens: [{ name: 'alertmanager', roles: ['ingest'], token: { env: 'KUBERNAUT_BRIDGE_TOKEN' } }] };
  const file = join(stack.workdir, `bridge-${randomUUID().slice(0, 8)}.yaml`);
  const bridge = { port, cluster, auth, ...(rateLimit && { rateLimit }) };
  await writeFile(file, stringify({ bridge }), { mode: 0o600 });
  const where = ['--address', stack.temporalAddress, '--namespace', stack.temporalNamespace];
  return startServiceChild({
    what: 'bridge',
    args: [...program, 'bridge', '--config', file, ...where],
    url: `http://127.0.0.1:${port}`,
    logFile: file.replace(/yaml$/, 'log'),
    env: { KUBERNAUT_BRIDGE_TOKEN: token },
    ...(readyWithinSeconds && { readyWithinSeconds }),
  });
}
