import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '../../../tools/package-root';
import { runCommand } from '../../../tools/processes/run-command';
import { ensureServer } from '../../../tools/servers/ensure-server';
import type { ServerSpec } from '../../../tools/servers/server-spec';
import { waitFor } from '../../setup/wait-for';
import { demoServer, FakeMachine } from './fake-servers';

const published = Buffer.from('#!/bin/sh\necho demo version 1.2.3\n');
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

let machine: FakeMachine;
let server: Server;
let answer: Buffer | undefined;
let requests: string[];
/** Answers instead, when set. */
let special: ((response: ServerResponse) => void) | undefined;

beforeEach(async () => {
  machine = new FakeMachine();
  answer = published;
  requests = [];
  special = undefined;
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (special === undefined) response.writeHead(answer === undefined ? 404 : 200).end(answer);
    else special(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  rmSync(machine.root, { recursive: true, force: true });
});

function pinned(checksum: string, release: Partial<ServerSpec['release']> = {}): ServerSpec {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/v{version}/demo-{os}-{arch}`;
  return demoServer({ url, sha256: { 'linux-amd64': checksum }, ...release });
}

// There is no Go on PATH, so only the download is left.
const noGo = (): NodeJS.ProcessEnv => ({ ...machine.env, PATH: machine.bin });
const ensure = (spec: ServerSpec, stallMs?: number): Promise<string> =>
  ensureServer(spec, { ...machine, env: noGo(), stallMs });

/** The same in a process of its own. */
function ensureInOtherProcess(spec: ServerSpec): { child: ReturnType<typeof spawn>; output: Promise<string> } {
  const driver = join(machine.root, 'driver.ts');
  const source = join(packageRoot(), 'tools', 'servers', 'ensure-server');
  const platform = JSON.stringify(machine.platform);
  writeFileSync(
    driver,
    `const { ensureServer } = require(${JSON.stringify(source)});
     ensureServer(${JSON.stringify(spec)}, { platform: ${platform} }).then(console.log);`,
  );
  const register = join(packageRoot(), 'test', 'setup', 'register-typescript.cjs');
  const child = spawn(process.execPath, ['--require', register, driver], {
    cwd: packageRoot(),
    env: noGo(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout!.on('data', (chunk) => (text += String(chunk)));
  return { child, output: once(child, 'close').then(() => text) };
}

it('downloads the release of this platform when its checksum is pinned', async () => {
  const file = await ensure(pinned(sha256(published)));
  expect(requests).toEqual(['/v1.2.3/demo-linux-amd64']);
  expect((await runCommand(file, [])).stdout).toBe('demo version 1.2.3\n');
  expect(machine.lines.at(-1)).toMatch(
    /demo-server +1\.2\.3 +downloaded, checked against the pinned checksum, [\d.]+ s/,
  );
});

it('refuses a download with another checksum, and keeps nothing of it', async () => {
  answer = Buffer.concat([published, Buffer.from('# and more\n')]);
  await expect(ensure(pinned(sha256(published)))).rejects.toThrow(
    `the download is not what was published (checked against the pinned checksum)\n  expected sha256 ${sha256(published)}\n  got             ${sha256(answer)}`,
  );
  const [entry = ''] = readdirSync(join(machine.cache, 'servers'));
  expect(readdirSync(join(machine.cache, 'servers', entry))).toEqual([]);
});

it('names the address when the release cannot be had', async () => {
  answer = undefined;
  await expect(ensure(pinned(sha256(published)))).rejects.toThrow(/could not be downloaded from http:\S+: .*404/);
});

it('unpacks the executable from an archive', async () => {
  const folder = join(machine.root, 'demo-1.2.3');
  mkdirSync(folder);
  writeFileSync(join(folder, 'demo-server'), published);
  await runCommand('tar', ['-czf', join(machine.root, 'a.tar.gz'), '-C', machine.root, 'demo-1.2.3']);
  answer = readFileSync(join(machine.root, 'a.tar.gz'));
  const file = await ensure(pinned(sha256(answer), { member: 'demo-{version}/demo-server' }));
  expect((await runCommand(file, [])).stdout).toBe('demo version 1.2.3\n');
});

it('falls back to the release when the build fails', async () => {
  machine.script('go', 'exit 1');
  const spec = pinned(sha256(published));
  await expect(ensureServer(spec, machine)).resolves.toContain(machine.cache);
  expect(machine.lines[1]).toMatch(/build failed \(.*build\.log\), trying the official release/);
});

it('names both reasons when neither the build nor the release is to be had', async () => {
  machine.script('go', 'echo "dial tcp: lookup proxy: no such host" >&2; exit 1');
  answer = undefined;
  await expect(ensureServer(pinned(sha256(published)), machine)).rejects.toThrow(
    /could not be built from its Go module\n[^]*remedy: Go cannot reach its module proxy[^]*the official release cannot take its place:\n.*could not be downloaded from .*404/,
  );
});

it('takes the release when it names the version as its releases do', async () => {
  answer = Buffer.from('#!/bin/sh\necho demo version 4.5.6\n');
  await expect(ensure(pinned(sha256(answer)))).rejects.toThrow(/is not demo-server 1\.2\.3 \(it says: 4\.5\.6\)/);
  await expect(ensure(pinned(sha256(answer), { version: '4.5.6' }))).resolves.toContain(machine.cache);
  const onPath = machine.script('demo-server', 'echo demo version 4.5.6');
  await expect(ensure(pinned(sha256(answer), { version: '4.5.6' }))).resolves.toBe(onPath);
});

it('says that a download broke off, and keeps nothing of it', async () => {
  special = (response) => {
    response.writeHead(200, { 'content-length': published.length });
    response.write(published.subarray(0, 10), () => response.destroy());
  };
  const place = '\\S+demo-server';
  await expect(ensure(pinned(sha256(published)))).rejects.toThrow(
    new RegExp(
      `could not be downloaded from http:\\S+: (Error: )?aborted\n  remedy: Check the network, and HTTPS_PROXY .* put the executable at ${place}$`,
    ),
  );
  const [entry = ''] = readdirSync(join(machine.cache, 'servers'));
  expect(readdirSync(join(machine.cache, 'servers', entry))).toEqual([]);
});

it('refuses a download that ends early without saying so', async () => {
  answer = published.subarray(0, published.length - 5);
  await expect(ensure(pinned(sha256(published)))).rejects.toThrow('the download is not what was published');
});

it('gives up a download that brings nothing any more', async () => {
  special = (response) => void response.writeHead(200).write(published.subarray(0, 10));
  await expect(ensure(pinned(sha256(published)), 200)).rejects.toThrow(/: nothing came for 0\.2 s\n {2}remedy: /);
  special = () => {};
  await expect(ensure(pinned(sha256(published)), 200)).rejects.toThrow(/: nothing came for 0\.2 s\n {2}remedy: /);
});

it('says what to do when nothing answers', async () => {
  const spec = pinned(sha256(published), { url: 'http://127.0.0.1:1/v{version}/demo-{os}-{arch}' });
  await expect(ensure(spec)).rejects.toThrow(
    /could not be downloaded from http:\/\/127\.0\.0\.1:1\/\S+: .*ECONNREFUSED.*\n {2}remedy: Check the network.*install Go.*put the executable at/,
  );
});

it('downloads once when two need it at the same time', async () => {
  // Answered when the second one has had to wait for the first.
  let release = (): void => {};
  special = (response) => void (release = () => response.writeHead(200).end(published));
  const spec = pinned(sha256(published));
  const first = ensureInOtherProcess(spec);
  await waitFor(
    () => requests.length,
    (count) => count === 1,
  );
  const second = ensure(spec);
  await waitFor(
    () => machine.lines.some((line) => line.includes('waiting for another run')),
    (waits) => waits,
  );
  release();
  expect((await first.output).trim()).toBe(await second);
  expect(requests).toHaveLength(1);
});

it('starts anew after a run that was killed in the middle of a download', async () => {
  special = (response) => void response.writeHead(200).write(published.subarray(0, 10));
  const spec = pinned(sha256(published));
  const { child, output } = ensureInOtherProcess(spec);
  const folder = join(machine.cache, 'servers');
  const half = await waitFor(
    () => join(folder, readdirSync(folder)[0] ?? 'none', 'download', 'download'),
    (file) => existsSync(file) && readFileSync(file).length === 10,
  );
  child.kill('SIGKILL');
  await output;
  expect(existsSync(half)).toBe(true);
  special = undefined;
  // The lock of the killed process is taken over after ten seconds.
  const file = await ensure(spec);
  expect((await runCommand(file, [])).stdout).toBe('demo version 1.2.3\n');
  expect(existsSync(half)).toBe(false);
});
