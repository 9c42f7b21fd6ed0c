import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readAudit } from '../../../activities/audit/reader/read-audit';
import { createLogger } from '../../../activities/json-logger';
import { runInMemory } from '../../../client/cli/memory-io';
import { runCodecServer } from '../../../client/codec-server/run-codec-server';
import { settingsSchema } from '../../../config/settings';
import { testEnvironment } from '../../setup';
import { testDataConverter, testEncryption, testEncryptionEnv } from '../../setup/encryption';
import { Lab } from '../engine/lab';
import { labActions, LabWorld } from '../engine/lab-actions';
import { labPlan, set } from '../engine/lab-plan';

const run = promisify(execFile);
/** Stands for what nobody should read: it is in the params of the plan, in what steps did, and in the text of a failure. */
const canary = 'canary-4b1d';
const world = new LabWorld();
let lab: Lab;
let folder: string;
let id: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubernaut-encryption-'));
  writeFileSync(join(folder, 'kubernaut.yaml'), JSON.stringify({ temporal: { encryption: testEncryption } }));
  lab = await Lab.open({ actions: labActions(world), dataConverter: await testDataConverter() });
  const steps = [
    set('first', 1, { name: canary }),
    set('second', 2, { name: `${canary}-broken`, fault: 'execute', dependsOn: ['first'] }),
  ];
  ({ id } = await lab.remediations.start(
    labPlan(steps, { approval: { required: true, deadline: '60m', remindEvery: '15m' } }),
  ));
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  const approved = await cli(['approve', id, '--digest', approvals[0]!.digest, '--by', 'bob', '--reason', canary]);
  expect(approved).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await lab.remediations.result(id)).outcome).toBe('rolled_back');
  // The worker bundles its workflows here.
});

afterAll(async () => {
  await lab?.close();
  if (folder) rmSync(folder, { recursive: true });
});

function cli(args: readonly string[], keysOf: NodeJS.ProcessEnv = testEncryptionEnv) {
  const where = ['--address', testEnvironment().temporalAddress, '--namespace', lab.namespace];
  return runInMemory([...args, ...where], { env: keysOf, cwd: folder });
}

async function history(more: readonly string[] = [], signal?: AbortSignal): Promise<string> {
  const where = ['--address', testEnvironment().temporalAddress, '--namespace', lab.namespace];
  const args = ['workflow', 'show', '--workflow-id', id, '-o', 'json', ...more, ...where];
  return (await run(testEnvironment().temporal, args, { maxBuffer: 1 << 26, ...(signal && { signal }) })).stdout;
}

/** The CLI of Temporal prints payloads that it cannot read in base64. */
function holds(text: string, wanted: string): boolean {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/]{16,}={0,2}/g)].map(([base64]) => Buffer.from(base64, 'base64'));
  return text.includes(wanted) || decoded.some((bytes) => bytes.includes(wanted));
}

test('a plan runs, is approved and undone under encryption, and Temporal knows nothing of what it was about', async () => {
  expect(world.changes).toEqual([`${canary}=1`, `${canary}=0`]);
  const stored = await history();
  expect(holds(stored, 'binary/encrypted')).toBe(true);
  expect(holds(stored, canary)).toBe(false);
});

test('its audit and its state are shown to whoever has the key', async () => {
  const shown = await cli(['show', id]);
  expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
  expect(shown.stdout).toContain(canary);
  const audit = await cli(['audit', id, '-o', 'json']);
  expect(audit.exitCode).toBe(0);
  expect(audit.stdout).toContain(canary);
  const records = await readAudit(lab.client, id);
  expect(records.find(({ by }) => by === 'bob')).toMatchObject({ what: 'approve', reason: canary });
  const texts = records.flatMap(({ failure }) => failure?.message ?? []);
  expect(texts.join()).toContain(canary);
  expect(texts.join()).not.toContain('Encoded failure');
});

test('without the key nothing is shown, and the reason names the key', async () => {
  writeFileSync(join(folder, 'none.yaml'), '{}');
  for (const command of ['show', 'audit']) {
    const refused = await cli([command, id, '--config', 'none.yaml']);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toMatch(/encrypted with the key 2026-11, but no key is configured/);
    expect(refused.stdout).not.toContain(canary);
  }
  const unset = await cli(['show', id], {});
  expect(unset.exitCode).not.toBe(0);
  expect(unset.stderr).toContain('temporal.encryption.keys[0] (2026-11): a secret is missing');
});

test('Temporal’s CLI shows it through the codec server to whoever has the role, and to nobody else', async () => {
  const stop = new AbortController();
  const refused = new AbortController();
  const write = (line: string) => void (/FORBIDDEN.*"by":"bob"/.test(line) && refused.abort());
  const token = { ANN: 'token-of-ann-who-reads', BOB: 'token-of-bob-who-approves' };
  const settings = settingsSchema.parse({
    temporal: { encryption: { ...testEncryption, codecServer: { port: 0 } } },
    bridge: {
      auth: {
        tokens: [
          { name: 'ann', roles: ['read'], token: { env: 'ANN' } },
          { name: 'bob', roles: ['approve'], token: { env: 'BOB' } },
        ],
      },
    },
  });
  let running = Promise.resolve();
  const url = await new Promise<string>((onStarted, reject) => {
    running = runCodecServer(settings, {
      ...{ logger: createLogger('info', { write }), signal: stop.signal },
      ...{ env: { ...testEncryptionEnv, ...token }, onStarted },
    });
    running.catch(reject);
  });
  try {
    const endpoint = ['--codec-endpoint', url, '--codec-auth'];
    const shown = await history([...endpoint, `Bearer ${token.ANN}`]);
    expect(holds(shown, canary)).toBe(true);
    expect(holds(shown, 'binary/encrypted')).toBe(false);
    // A codec that refuses is asked again for ten seconds; the first refusal is enough here.
    const forBob = history([...endpoint, `Bearer ${token.BOB}`], refused.signal);
    const { stdout } = await forBob.then(
      () => Promise.reject(new Error('it was shown')),
      (error: { stdout: string }) => error,
    );
    expect(refused.signal.aborted).toBe(true);
    expect(holds(stdout, canary)).toBe(false);
  } finally {
    stop.abort();
    await running;
  }
});
