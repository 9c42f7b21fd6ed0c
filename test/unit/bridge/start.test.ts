import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInMemory } from '../../../client/cli/memory-io';

const cwd = mkdtempSync(join(tmpdir(), 'kubernaut-bridge-'));
afterAll(() => rmSync(cwd, { recursive: true }));

const run = (settings: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) => {
  writeFileSync(join(cwd, 'kubernaut.yaml'), settings);
  const signal = AbortSignal.timeout(1_000);
  return runInMemory(['bridge', '--port', '0', ...args], { cwd, env, signal });
};

describe('the bridge does not start', () => {
  test.each<[string, string, readonly string[], NodeJS.ProcessEnv, RegExp]>([
    ['without auth', '', [], {}, /bridge\.auth does not say who may use the bridge/],
    [
      'for everybody on an address of others',
      '',
      ['--auth', 'none', '--host', '0.0.0.0'],
      {},
      /loopback addresses only/,
    ],
    [
      'with auth none of the settings and --host',
      'bridge: { auth: none }',
      ['--host', '10.1.2.3'],
      {},
      /loopback addresses only/,
    ],
    [
      'with secrets that are missing, short or the same, all of them named',
      `bridge:
  auth:
    tokens:
      - { name: a, roles: [read], token: { env: A } }
      - { name: b, roles: [read], token: { env: B } }
      - { name: c, roles: [read], token: { env: C } }
      - { name: d, roles: [approve], token: { env: D } }`,
      [],
      { B: 'short', C: 'long-enough-to-be-one', D: 'long-enough-to-be-one' },
      /tokens\[0\]\.token: .*A is not set[^]*tokens\[1\]\.token: is shorter than 16[^]*tokens\[3\]\.token: is the same as tokens\[2\]/,
    ],
    [
      'with a key that signs nothing, and a Slack whose secret is missing, both named',
      `bridge:
  auth: { tokens: [{ name: a, roles: [approve], token: { env: A } }] }
  signing: { key: { env: A } }
  slack: { signingSecret: { env: S }, users: [{ id: U0ANN, name: ann }] }`,
      [],
      { A: 'long-enough-to-be-one' },
      /slack\.signingSecret: .*S is not set[^]*bridge\.signing\.key: is no unencrypted private key/,
    ],
    [
      'with a cluster for reviews that there is not',
      'bridge: { auth: { kubernetes: { cluster: prod } } }',
      [],
      {},
      /there is no cluster prod/,
    ],
  ])('%s', async (_, settings, args, env, message) => {
    const { exitCode, stderr, stdout } = await run(settings, args, env);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('long-enough-to-be-one');
    expect(stdout).toBe('');
  });

  test('on a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const { exitCode, stderr } = await run('bridge: { auth: none }', ['--port', String(port)]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port} (EADDRINUSE)`);
    await new Promise((resolve) => other.close(resolve));
  });
});

test('it starts without Temporal, says where it listens, and ends when it is told to', async () => {
  const { exitCode, stdout, stderr } = await run('bridge: { auth: none }', ['--address', '127.0.0.1:9']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // The first line is fastify's own.
  expect(lines.map(({ msg }) => msg).slice(-3)).toEqual([
    'bridge started',
    'stopping: no new request is taken',
    'bridge stopped',
  ]);
  expect(lines.at(-3)).toMatchObject({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), auth: ['none'] });
});

test('--openapi prints the document, without settings and without a server', async () => {
  const { exitCode, stdout } = await runInMemory(['bridge', '--openapi'], { cwd: tmpdir() });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ openapi: '3.1.0', paths: { '/api/v1/alerts': expect.anything() } });
});
