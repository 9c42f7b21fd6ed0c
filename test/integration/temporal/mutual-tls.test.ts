import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInMemory } from '../../../client/cli/memory-io';
import type { CheckResult } from '../../../client/cli/doctor/check';
import { settingsSchema } from '../../../config/settings';
import { temporalTarget } from '../../../config/temporal';
import { connectTemporal } from '../../../workers/connect-temporal';
import { testEnvironment, waitFor } from '../../setup';
import { temporaryFolder } from '../../setup/temporary-folder';
import { startWorkerProgram, type WorkerProgram } from '../worker/worker-program';
import { type Authority, createAuthority, SERVER_NAME, startTlsFrontend, type TlsFrontend } from './mutual-tls';

const namespace = `tls-${randomUUID().slice(0, 8)}`;
const folder = temporaryFolder('tls');
let ours: Authority;
let frontend: TlsFrontend;

beforeAll(async () => {
  ours = await createAuthority(folder, 'ours');
  frontend = await startTlsFrontend(ours, testEnvironment().temporalAddress);
  await profile('cli', await ours.sign('cli'));
  await profile('worker', await ours.sign('worker'));
});

afterAll(() => frontend?.close());

/** A temporal.toml as Temporal's own CLI reads it. */
async function profile(name: string, client?: { certFile: string; keyFile: string }, authority = ours) {
  const lines = [
    `[profile.default]`,
    `address = "${frontend.address}"`,
    `namespace = "${namespace}"`,
    `[profile.default.tls]`,
    `server_name = "${SERVER_NAME}"`,
    `server_ca_cert_path = "${authority.certFile}"`,
    ...(client ? [`client_cert_path = "${client.certFile}"`, `client_key_path = "${client.keyFile}"`] : []),
  ];
  writeFileSync(join(folder, `${name}.toml`), lines.join('\n'));
}

function cli(args: readonly string[], { as = 'cli', stdin = '' } = {}) {
  return runInMemory(args, { cwd: folder, stdin, env: { TEMPORAL_CONFIG_FILE: join(folder, `${as}.toml`) } });
}

const plan = `apiVersion: kubernaut.dev/v1alpha1
kind: RemediationPlan
metadata: { name: over-tls, reason: to see that it runs, requester: alice }
spec:
  approval: { required: false }
  steps: [{ id: pause, action: wait, params: { for: 1s } }]
`;

test('setup, worker and CLI do all of their work with client certificates', async () => {
  const made = await cli(['setup']);
  expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  expect(new Set(frontend.clients)).toEqual(new Set(['cli']));

  let worker: WorkerProgram | undefined;
  try {
    worker = startWorkerProgram({
      temporal: { configFile: join(folder, 'worker.toml') },
      worker: { metrics: { port: false } },
      policy: { mode: 'auto' },
    });
    const { lines, stderr } = worker;
    await waitFor(
      () => lines.some(({ msg }) => msg === 'worker started') || Promise.reject(new Error(stderr())),
      (started) => started,
      { timeout: 120_000, interval: 200, what: 'start of the worker' },
    );
    expect(frontend.clients).toContain('worker');

    const ran = await cli(['run', '-', '--wait', '-o', 'json'], { stdin: plan });
    expect(ran.exitCode).toBe(0);
    const looked = await cli(['doctor', '-o', 'json']);
    const checks = JSON.parse(looked.stdout) as CheckResult[];
    expect(checks.find(({ check }) => check === 'temporal')).toMatchObject({ state: 'ok' });
    expect(checks.find(({ check }) => check === 'task queue kubernaut')).toMatchObject({ state: 'ok' });
  } finally {
    worker?.process.kill('SIGKILL');
    await worker?.exit;
  }
  expect(new Set(frontend.clients)).toEqual(new Set(['cli', 'worker']));
}, 240_000);

test('whoever has no certificate, a foreign one, or does not trust the server, is not let in and is told so', async () => {
  const foreign = await createAuthority(folder, 'foreign');
  await profile('nobody');
  await profile('stranger', await foreign.sign('stranger'));
  await profile('mistrusting', await ours.sign('mistrusting'), foreign);
  const refuse = async (as: string): Promise<void> => {
    const refused = await cli(['list'], { as });
    expect(refused).toMatchObject({ exitCode: 4, stderr: expect.stringContaining(frontend.address) });
    const settings = settingsSchema.parse({ temporal: { configFile: join(folder, `${as}.toml`) } });
    const target = temporalTarget(settings.temporal, {});
    await expect(connectTemporal(target)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  };
  await Promise.all(['nobody', 'stranger', 'mistrusting'].map(refuse));
  for (const one of ['nobody', 'stranger']) expect(frontend.clients).not.toContain(one);
});

test('a key that is not there is named before anything is connected', async () => {
  await profile('keyless', { certFile: join(folder, 'ours-cli.pem'), keyFile: join(folder, 'gone.key') });
  const { exitCode, stderr } = await cli(['list'], { as: 'keyless' });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('gone.key');
});
