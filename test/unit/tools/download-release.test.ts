import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runCommand } from '../../../tools/processes/run-command';
import { ensureServer } from '../../../tools/servers/ensure-server';
import type { ServerSpec } from '../../../tools/servers/server-spec';
import { demoServer, FakeMachine } from './fake-servers';

const published = Buffer.from('#!/bin/sh\necho demo version 1.2.3\n');
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

let machine: FakeMachine;
let server: Server;
let answer: Buffer | undefined;
let requests: string[];

beforeEach(async () => {
  machine = new FakeMachine();
  answer = published;
  requests = [];
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(answer === undefined ? 404 : 200).end(answer);
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
const ensure = (spec: ServerSpec): Promise<string> =>
  ensureServer(spec, { ...machine, env: { ...machine.env, PATH: machine.bin, GOBIN: machine.root } });

it('downloads the release of this platform when its checksum is pinned', async () => {
  const file = await ensure(pinned(sha256(published)));
  expect(requests).toEqual(['/v1.2.3/demo-linux-amd64']);
  expect((await runCommand(file, [])).stdout).toBe('demo version 1.2.3\n');
  expect(machine.lines.at(-1)).toMatch(/demo-server +1\.2\.3 +downloaded, [\d.]+ s/);
});

it('refuses a download with another checksum, and keeps nothing of it', async () => {
  answer = Buffer.concat([published, Buffer.from('# and more\n')]);
  await expect(ensure(pinned(sha256(published)))).rejects.toThrow(
    `the download is not what was published\n  expected sha256 ${sha256(published)}\n  got             ${sha256(answer)}`,
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
