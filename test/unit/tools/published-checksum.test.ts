import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, globalAgent, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../../tools/processes/run-command';
import { ensureServer } from '../../../tools/servers/ensure-server';
import type { PublishedChecksums, ServerSpec } from '../../../tools/servers/server-spec';
import { demoServer, FakeMachine } from './fake-servers';
import { tlsCertificate } from './tls-certificate';

const published = Buffer.from('#!/bin/sh\necho "$@" >> "$ROOT/started"\necho demo version 1.2.3\n');
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const GOOD = sha256(published);
const OTHER = sha256(Buffer.from('another file'));
const FILE = 'demo-linux-amd64';

let certificates: string;
let tls: { key: Buffer; cert: Buffer };
let trusted: typeof globalAgent.options.ca;
let machine: FakeMachine;
let server: Server;
let origin: string;
/** What is served, by path; a function answers by itself. Anything else is 404. */
let served: Record<string, string | Buffer | ((request: IncomingMessage, response: ServerResponse) => void)>;
let requests: string[];

beforeAll(() => {
  certificates = mkdtempSync(join(tmpdir(), 'kubernaut-unit-'));
  tls = tlsCertificate(certificates);
  trusted = globalAgent.options.ca;
  globalAgent.options.ca = tls.cert;
});
afterAll(() => {
  globalAgent.options.ca = trusted;
  rmSync(certificates, { recursive: true, force: true });
});
beforeEach(async () => {
  machine = new FakeMachine();
  requests = [];
  server = createServer(tls, (request, response) => {
    requests.push(request.url ?? '');
    const answer = served[request.url ?? ''];
    if (typeof answer === 'function') answer(request, response);
    else response.writeHead(answer === undefined ? 404 : 200).end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  served = { [`/v1.2.3/${FILE}`]: published };
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  rmSync(machine.root, { recursive: true, force: true });
});

function spec(form: PublishedChecksums['form'], release: Partial<ServerSpec['release']> = {}): ServerSpec {
  const url = form === 'github' ? `${origin}/releases/tags/v{version}` : `${origin}/v{version}/sums.txt`;
  return demoServer({ url: `${origin}/v{version}/demo-{os}-{arch}`, published: { form, url }, ...release });
}

const checksums = (text: string): void => void (served['/v1.2.3/sums.txt'] = text);
const github = (assets: object[]): void => void (served['/releases/tags/v1.2.3'] = JSON.stringify({ assets }));

// There is no Go on PATH, so only the download is left.
const ensure = (demo: ServerSpec): Promise<string> =>
  ensureServer(demo, { ...machine, env: { ...machine.env, PATH: machine.bin, GOBIN: machine.root } });

/** Nothing of a refused download may be left where it could be started, and nothing of it was. */
function nothingWasKept(): void {
  const [entry = ''] = readdirSync(join(machine.cache, 'servers'));
  expect(readdirSync(join(machine.cache, 'servers', entry))).toEqual([]);
  expect(existsSync(join(machine.root, 'started'))).toBe(false);
}

it.each([
  ['a list of many files', `${OTHER}  demo-darwin-arm64\n${GOOD}  ${FILE}\n${OTHER}  ${FILE}.sbom\n`],
  ['a list in binary mode, with Windows line ends', `${OTHER} *demo-darwin-arm64\r\n${GOOD} *${FILE}\r\n`],
  ['a list with folders', `${GOOD}  ./dist/${FILE}\n`],
  ['one bare checksum', GOOD],
  ['one bare checksum in capitals', `${GOOD.toUpperCase()}\n`],
])('takes a download that is what the publisher says: %s', async (_form, text) => {
  checksums(text);
  const file = await ensure(spec('file'));
  expect((await runCommand(file, [], { env: { ...process.env, ROOT: machine.root } })).stdout).toBe(
    'demo version 1.2.3\n',
  );
  expect(machine.lines.at(-1)).toMatch(/downloaded, checked against the publisher's checksum file, [\d.]+ s$/);
});

it('takes a download that is what GitHub took the digest of', async () => {
  github([
    { name: 'demo-darwin-arm64', digest: `sha256:${OTHER}` },
    { name: FILE, digest: `sha256:${GOOD}` },
  ]);
  await ensure(spec('github'));
  expect(machine.lines.at(-1)).toMatch(/downloaded, checked against GitHub's digest of the upload, [\d.]+ s$/);
});

it('asks nobody when a checksum is pinned', async () => {
  await ensure(spec('file', { sha256: { 'linux-amd64': GOOD } }));
  expect(requests).toEqual([`/v1.2.3/${FILE}`]);
  expect(machine.lines.at(-1)).toMatch(/downloaded, checked against the pinned checksum, [\d.]+ s$/);
});

it('does not believe the publisher against a pinned checksum', async () => {
  checksums(GOOD);
  await expect(ensure(spec('file', { sha256: { 'linux-amd64': OTHER } }))).rejects.toThrow(
    /not what was published \(checked against the pinned checksum\)/,
  );
  nothingWasKept();
});

it('asks the publisher on a platform that has no pinned checksum', async () => {
  checksums(GOOD);
  await ensure(spec('file', { sha256: { 'darwin-arm64': OTHER } }));
  expect(requests).toEqual(['/v1.2.3/sums.txt', `/v1.2.3/${FILE}`]);
});

it('refuses a download that is not what the publisher says, and never starts it', async () => {
  checksums(`${OTHER}  ${FILE}\n`);
  await expect(ensure(spec('file'))).rejects.toThrow(
    `the download is not what was published (checked against the publisher's checksum file)\n  expected sha256 ${OTHER}\n  got             ${GOOD}`,
  );
  nothingWasKept();
});

it.each([
  ['does not name it', `${GOOD}  demo-linux-arm64\n`],
  ['names only what begins with its name', `${GOOD}  ${FILE}.tar.gz\n`],
  ['names it with two checksums', `${GOOD}  ${FILE}\n${OTHER}  ${FILE}\n`],
  ['has another kind of checksum', `${'a'.repeat(128)}  ${FILE}\n`],
  ['is a page about something else', '<html>Sign in</html>'],
  ['is empty', ''],
])('downloads nothing when the checksum file %s', async (_what, text) => {
  checksums(text);
  await expect(ensure(spec('file'))).rejects.toThrow(
    /sums\.txt names no single SHA-256 for demo-linux-amd64, so nothing was downloaded\n {2}remedy: Install Go .* put the executable at \S+demo-server$/,
  );
  expect(requests).toEqual(['/v1.2.3/sums.txt']);
  nothingWasKept();
});

it.each([
  ['took no digest of it', [{ name: FILE, digest: null }]],
  ['took another kind of digest', [{ name: FILE, digest: `sha512:${'a'.repeat(128)}` }]],
  ['does not have it', [{ name: 'demo', digest: `sha256:${GOOD}` }]],
])('downloads nothing when GitHub %s', async (_what, assets) => {
  github(assets);
  await expect(ensure(spec('github'))).rejects.toThrow(/names no single SHA-256 for demo-linux-amd64/);
  nothingWasKept();
});

it('downloads nothing when GitHub answers something else', async () => {
  served['/releases/tags/v1.2.3'] = '{"message": "API rate limit exceeded"}';
  await expect(ensure(spec('github'))).rejects.toThrow(/names no single SHA-256 for demo-linux-amd64/);
});

it('downloads nothing when there is no checksum file', async () => {
  await expect(ensure(spec('file'))).rejects.toThrow(
    /the publisher's checksum could not be had from https:\S+sums\.txt, so nothing was downloaded: .*404\n {2}remedy: Check the network/,
  );
  expect(requests).toEqual(['/v1.2.3/sums.txt']);
});

it('does not take a checksum over a connection that anybody can change', async () => {
  const plain = { form: 'file', url: 'http://127.0.0.1:1/sums.txt' } as const;
  await expect(ensure(spec('file', { published: plain }))).rejects.toThrow(/a checksum is not taken over http:/);
  checksums(GOOD);
  served['/moved.txt'] = (_request, response) =>
    response.writeHead(302, { location: 'http://127.0.0.1:1/sums.txt' }).end();
  const moved = { form: 'file', url: `${origin}/moved.txt` } as const;
  await expect(ensure(spec('file', { published: moved }))).rejects.toThrow(/a checksum is not taken over http:/);
  nothingWasKept();
});

it('follows the publisher to where the file lies', async () => {
  served['/moved.txt'] = (_request, response) => response.writeHead(302, { location: '/v1.2.3/sums.txt' }).end();
  checksums(GOOD);
  await ensure(spec('file', { published: { form: 'file', url: `${origin}/moved.txt` } }));
  expect(requests).toEqual(['/moved.txt', '/v1.2.3/sums.txt', `/v1.2.3/${FILE}`]);
});

it('does not take a checksum from a server whose certificate nobody vouches for', async () => {
  globalAgent.options.ca = undefined;
  checksums(GOOD);
  try {
    await expect(ensure(spec('file'))).rejects.toThrow(
      /could not be had from https:\S+, so nothing was downloaded: .*certificate/,
    );
  } finally {
    globalAgent.options.ca = tls.cert;
  }
});
