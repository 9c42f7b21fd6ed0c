import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditSchema } from '../../config/sections/audit';
import type { ChainEnd } from '../../plan/audit/export';
import type { SigningKey } from './chain';
import { exportSegment, type ExportSegmentOptions } from './export-segment';
import { signingKeyOf } from './keys';
import { FileStore } from './stores/file-store';
import { HttpStore } from './stores/http-store';
import { S3Store } from './stores/s3-store';
import type { SegmentStore } from './stores/segment-store';
import { storedSegments } from './stores/stored-segments';
import { verifyChain } from './verify-chain';

const newKey = () =>
  signingKeyOf(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
let folder: string;
let key: SigningKey;
let server: Server;
let url: string;
const objects = new Map<string, string>();
const seen: { method: string; url: string; headers: IncomingHttpHeaders }[] = [];
let answer: number | undefined;

/** Keeps what is PUT, once: what an HTTP store must do, and what S3 does with `If-None-Match: *`. */
beforeAll(async () => {
  key = await newKey();
  server = createServer((request, response) => {
    seen.push({ method: request.method!, url: request.url!, headers: request.headers });
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const kept = objects.get(request.url!);
      if (answer !== undefined) return response.writeHead(answer).end('secret=hunter2');
      if (request.method === 'GET') return response.writeHead(kept === undefined ? 404 : 200).end(kept);
      if (kept !== undefined && request.headers['if-none-match'] === '*') return response.writeHead(412).end();
      objects.set(request.url!, body);
      return response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubernaut-segments-'));
  objects.clear();
  seen.length = 0;
  answer = undefined;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => server.close());

const secrets = {
  read: (ref: object) => Promise.resolve('env' in ref ? `value-of-${String(ref.env)}` : 'Bearer abc'),
};
const s3 = () => {
  const sink = { name: 'a', type: 's3', bucket: 'audit', prefix: 'prod/', region: 'eu-central-1', endpoint: url };
  const { sinks } = auditSchema.parse({ key: { env: 'K' }, sinks: [sink] });
  return new S3Store(sinks[0] as ConstructorParameters<typeof S3Store>[0], secrets);
};
const stores: [string, () => SegmentStore][] = [
  ['file', () => new FileStore(join(folder, 'made', 'when', 'missing'))],
  ['http', () => new HttpStore({ url: `${url}/audit/`, authorization: { file: 'x' } }, secrets)],
  ['s3', s3],
];

const run = (n: number) => ({ workflowId: `w/${n}`, runId: `r${n}` });
const step = (store: SegmentStore, more: Partial<ExportSegmentOptions> = {}) =>
  exportSegment({
    ...{ store, key, formerKeys: [], source: 'test', createdAt: '2026-11-24T00:00:00Z', runs: [run(1), run(2)] },
    read: ({ runId }) => Promise.resolve([{ what: `record of ${runId}` }]),
    ...more,
  });
const check = (store: SegmentStore, keys = [key], expectedHead?: string) =>
  verifyChain(storedSegments(store), { keys, expectedHead });

describe.each(stores)('a store of type %s', (_, open) => {
  test('keeps segments that continue each other, and never writes over one', async () => {
    const store = open();
    const first = await step(store);
    const second = await step(store, { after: first.chain, runs: [run(3)] });
    expect(await check(store)).toMatchObject({ ...second.chain, faults: [], runs: 3 });
    const before = await store.get('segment-000001.ndjson');
    expect(await store.put('segment-000001.ndjson', 'other')).toBe('exists');
    expect(await store.get('segment-000001.ndjson')).toBe(before);
    expect(await store.get('segment-000009.ndjson')).toBeUndefined();
  });

  test('an export whose answer was lost is found again: nothing twice, nothing lost, whatever the order now is', async () => {
    const store = open();
    const first = await step(store);
    const again = await step(store, { runs: [run(2), run(1), run(3)], createdAt: '2026-11-24T00:01:00Z' });
    expect(again).toEqual({ chain: first.chain, done: ['r1', 'r2'], gone: [], open: [] });
    await step(store, { after: again.chain, runs: [run(3)] });
    expect(await check(store)).toMatchObject({ faults: [], runs: 3 });
  });

  test('what is there already, but is not ours, is not taken for ours', async () => {
    const store = open();
    await step(store, { key: await newKey() });
    await expect(step(store)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/signature/) });
    expect((await check(store)).faults).toHaveLength(1);
  });

  test('after a change of the key both keys are needed, and the old one goes on vouching', async () => {
    const store = open();
    const former = await newKey();
    const first = await step(store, { key: former });
    const found = await step(store, { formerKeys: [former] });
    expect(found.chain).toEqual(first.chain);
    await step(store, { after: first.chain, runs: [run(3)] });
    expect((await check(store, [key, former])).faults).toEqual([]);
    expect((await check(store, [key])).faults.map(({ message }) => message)).toEqual([
      `the signature of the seal is not one of the key ${key.id}`,
    ]);
  });
});

test('a segment that is missing in the middle, and one that is missing at the end, are found', async () => {
  const store = new HttpStore({ url }, secrets);
  let after: ChainEnd | undefined;
  for (const n of [1, 2, 3]) after = (await step(store, { after, runs: [run(n)] })).chain;
  objects.delete('/segment-000002.ndjson');
  expect((await check(store)).faults[0]!.message).toMatch(/lines are missing/);
  objects.delete('/segment-000003.ndjson');
  expect((await check(store)).faults).toEqual([]);
  expect((await check(store, [key], after!.head)).faults[0]!.message).toMatch(/its end is missing/);
});

test('runs that are gone or still open are named, and make no segment by themselves', async () => {
  const store = new FileStore(folder);
  const read = ({ runId }: { runId: string }) =>
    Promise.resolve(runId === 'r1' ? ('gone' as const) : ('open' as const));
  expect(await step(store, { read })).toEqual({ done: [], gone: ['r1'], open: ['r2'] });
  expect(readdirSync(folder)).toEqual([]);
});

test('a segment is bounded: what does not fit is left for the next one', async () => {
  const runs = Array.from({ length: 10 }, (_, n) => run(n));
  const read = () => Promise.resolve([{ data: 'x'.repeat(1_500_000) }]);
  const { done } = await step(new FileStore(folder), { runs, read });
  expect(done).toEqual(['r0', 'r1', 'r2']);
});

test('a folder that cannot be written to, and a server that refuses, are errors that name the place and nothing secret', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(step(new FileStore(join(folder, 'file')))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const http = new HttpStore({ url: `${url}/x?token=hunter2`, authorization: { file: 'x' } }, secrets);
  for (const [status, code] of [
    [503, 'UNAVAILABLE'],
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [302, 'UNAVAILABLE'],
  ] as const) {
    answer = status;
    const error: Error = await step(http).then(
      () => new Error('kept'),
      (reason: unknown) => reason as Error,
    );
    expect(error).toMatchObject({ code, message: expect.stringContaining(`HTTP ${status}`) as string });
    expect(error.message).not.toMatch(/hunter2|abc/);
  }
});

test('S3 gets signed requests on the path of bucket and prefix, with the body in the signature', async () => {
  await step(s3());
  const { method, url: path, headers } = seen[0]!;
  expect([method, path]).toEqual(['PUT', '/audit/prod/segment-000001.ndjson']);
  expect(headers['authorization']).toMatch(
    /^AWS4-HMAC-SHA256 Credential=value-of-AWS_ACCESS_KEY_ID\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=[^,]*host[^,]*x-amz-content-sha256[^,]*, Signature=[0-9a-f]{64}$/,
  );
  const body = objects.get(path)!;
  expect(headers['x-amz-content-sha256']).toBe(createHash('sha256').update(body).digest('hex'));
  expect(headers['if-none-match']).toBe('*');
});

test('settings: sinks need a key and names of their own, and hold no credentials', () => {
  const problems = (value: object) => auditSchema.safeParse(value).error?.issues.map(({ path }) => path.join('.'));
  const disk = { name: 'disk', type: 'file', folder: 'a' };
  expect(problems({})).toBeUndefined();
  expect(problems({ sinks: [disk] })).toEqual(['key']);
  expect(problems({ key: { env: 'K' }, sinks: [disk, disk] })).toEqual(['sinks.1.name']);
  const http = { name: 'Http', type: 'http', url: 'https://user:pass@host' };
  expect(problems({ key: { env: 'K' }, sinks: [http, { ...disk, type: 'ftp' }] })).toEqual([
    'sinks.0.name',
    'sinks.0.url',
    'sinks.1.type',
  ]);
});
