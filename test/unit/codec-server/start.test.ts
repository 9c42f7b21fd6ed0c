import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInMemory } from '../../../client/cli/memory-io';

const cwd = mkdtempSync(join(tmpdir(), 'kubernaut-codec-server-'));
afterAll(() => rmSync(cwd, { recursive: true }));

const key = Buffer.alloc(32, 5).toString('base64');
const keys = 'keys: [{ id: a, key: { env: KEY } }]';
const tokens = 'bridge: { auth: { tokens: [{ name: ann, roles: [read], token: { env: ANN } }] } }';
const env = { KEY: key, ANN: 'long-enough-to-be-one' };

/** Ends by itself as soon as it has said that it listens. */
async function run(settings: string, args: readonly string[] = [], environment: NodeJS.ProcessEnv = env) {
  writeFileSync(join(cwd, 'kubernaut.yaml'), settings);
  const signal = AbortSignal.timeout(2_000);
  return runInMemory(['codec-server', '--port', '0', ...args], { cwd, env: environment, signal });
}

test.each<[string, string, readonly string[], NodeJS.ProcessEnv, RegExp]>([
  ['without keys', tokens, [], env, /temporal\.encryption has no keys/],
  ['without auth', `temporal: { encryption: { ${keys} } }`, [], env, /bridge\.auth does not say who may use/],
  [
    'for everybody on an address of others',
    `temporal: { encryption: { ${keys} } }\nbridge: { auth: none }`,
    ['--host', '0.0.0.0'],
    env,
    /bridge\.auth is none, and others can reach 0\.0\.0\.0/,
  ],
  [
    'with keys that are missing or none, all of them named',
    `temporal: { encryption: { keys: [{ id: a, key: { env: GONE } }, { id: b, key: { env: ANN } }] } }\n${tokens}`,
    [],
    env,
    /keys\[0\] \(a\): .*GONE is not set[^]*keys\[1\] \(b\): must be 32 bytes in base64/,
  ],
  [
    'with origins that are none, all of them named',
    `temporal: { encryption: { ${keys}, codecServer: { origins: ['*', 'https://a.example/ui', 'ftp://b.example'] } } }\n${tokens}`,
    [],
    env,
    /origins\[0\][^]*origins\[1\][^]*origins\[2\]/,
  ],
  [
    'with a certificate that cannot be read',
    `temporal: { encryption: { ${keys}, codecServer: { tls: { certFile: none.pem, key: { env: KEY } } } } }\n${tokens}`,
    [],
    env,
    /temporal\.encryption\.codecServer\.tls: .*none\.pem cannot be read \(ENOENT\)/,
  ],
])('it does not start %s', async (_, settings, args, environment, message) => {
  const { exitCode, stderr, stdout } = await run(settings, args, environment);
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(message);
  expect(stdout).not.toContain('codec server started');
  for (const secret of [key, env.ANN]) expect(stderr + stdout).not.toContain(secret);
});

test('it needs no Temporal, says where it listens, and ends when it is told to', async () => {
  const { exitCode, stdout, stderr } = await run(`temporal: { encryption: { ${keys} } }\n${tokens}`);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  const started = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'codec server started');
  expect(started).toMatchObject({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    keys: ['a'],
    auth: ['ann'],
  });
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ msg: 'codec server stopped' });
  expect(stdout).not.toContain(key);
});
