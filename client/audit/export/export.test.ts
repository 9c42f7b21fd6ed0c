import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { AuditRecord } from '../../../activities/audit/reader/audit-record';
import { canonicalJson } from '../../../activities/audit/canonical-json';
import {
  type ChainEnd,
  emptyChain,
  GENESIS,
  hashOfLine,
  type SigningKey,
  type VerifyingKey,
} from '../../../activities/audit/chain';
import { readSigningKey, readVerifyingKey } from './keys';
import { SegmentWriter } from '../../../activities/audit/segment-writer';
import { type SegmentLines, verifyChain, type VerifyOptions } from '../../../activities/audit/verify-chain';

let folder: string;
let key: SigningKey;
let pub: VerifyingKey;
let other: SigningKey;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubernaut-export-'));
  for (const name of ['own', 'other']) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(folder, `${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, `${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
  }
  key = await readSigningKey(join(folder, 'own.pem'));
  pub = await readVerifyingKey(join(folder, 'own.pub'));
  other = await readSigningKey(join(folder, 'other.pem'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const record = (event: number): AuditRecord => ({
  at: '2026-11-24T00:00:00.000Z',
  kind: 'activity',
  status: 'done',
  what: `a.execute ${event} — ü`,
  runId: 'r',
  event,
});

/** Lines of a segment with two runs of two records: header, 2 + 1, 2 + 1, seal. */
async function segment(after: ChainEnd = emptyChain, by = key): Promise<{ lines: string[]; end: ChainEnd }> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line.trimEnd());
  const writer = await SegmentWriter.open({ after, key: by, source: 'test', createdAt: '2026-11-24T00:00:00Z', write });
  await writer.addRun('w/1', 'r1', [record(1), record(2)]);
  await writer.addRun('w/2', 'r2', [record(1), record(2)]);
  return { end: await writer.seal(), lines };
}

const named = (lines: string[], file = 'a'): SegmentLines => ({ file, lines: [...lines, ''] });
const faultsOf = async (segments: SegmentLines[], more: Partial<VerifyOptions> = {}): Promise<string[]> =>
  (await verifyChain(segments, { keys: [pub], ...more })).faults.map(({ line, message }) => `${line}: ${message}`);

test('what was written is whole: counts, numbers, and the end it names', async () => {
  const one = await segment();
  const two = await segment(one.end);
  const report = await verifyChain([named(one.lines), named(two.lines, 'b')], { keys: [pub] });
  expect(report).toEqual({ ...two.end, faults: [], records: 8, runs: 4 });
  expect(two.end).toMatchObject({ seq: 16, segment: 2 });
  expect(JSON.parse(one.lines[0]!)).toMatchObject({ seq: 1, prev: GENESIS, type: 'segment' });
  expect(JSON.parse(one.lines[1]!)).toMatchObject({ prev: hashOfLine(one.lines[0]!) });
});

test('any change of any character of any line is found', async () => {
  const { lines } = await segment();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(lines.length - 1),
      fc.nat(),
      fc.constantFrom('x', '0', ' ', '"', '}'),
      async (at, where, to) => {
        const line = lines[at]!;
        const place = where % line.length;
        fc.pre(line[place] !== to);
        // The last bits of a signature's base64 stand for nothing: a change there is a change of the line, not of the seal.
        const changed = lines.with(at, line.slice(0, place) + to + line.slice(place + 1));
        const isTail = at === lines.length - 1;
        const faults = await faultsOf([named(changed)]);
        const head = (await verifyChain([named(lines)], { keys: [pub] })).head;
        const faultsWithHead = await faultsOf([named(changed)], { expectedHead: head });
        expect([changed[at], isTail ? faultsWithHead.length > 0 : faults.length > 0]).toEqual([changed[at], true]);
      },
    ),
    { numRuns: 300 },
  );
});

test('a changed record is found at the line behind it, even when its number is right', async () => {
  const { lines } = await segment();
  const changed = lines.with(2, lines[2]!.replace('a.execute 2', 'a.execute 9'));
  expect(await faultsOf([named(changed)])).toEqual([
    '4: it does not follow the line before: that was changed, removed or moved',
  ]);
});

test('whoever changes a record and makes the chain anew, but has no key, is found by the seal', async () => {
  const { lines } = await segment();
  let prev = GENESIS;
  const forged = lines.map((text, index) => {
    const line = { ...(JSON.parse(text) as object), prev };
    const anew = canonicalJson(index === 2 ? { ...line, record: record(7) } : line)!;
    prev = hashOfLine(anew);
    return anew;
  });
  expect(await faultsOf([named(forged)])).toEqual(['8: the seal was made for other lines than these']);
  const resigned = await segment(emptyChain, other);
  expect(await faultsOf([named(resigned.lines)])).toEqual([
    `8: the signature of the seal is not one of the key ${pub.id}`,
  ]);
});

test.each([
  ['a line that is missing', (lines: string[]) => lines.toSpliced(2, 1), /number 4 follows 2.*missing/],
  ['a whole run that is missing', (lines: string[]) => lines.toSpliced(1, 3), /number 5 follows 1/],
  ['two lines exchanged', (lines: string[]) => lines.with(1, lines[2]!).with(2, lines[1]!), /number 3 follows 1/],
  ['a line twice', (lines: string[]) => lines.toSpliced(2, 0, lines[1]!), /number 2 follows 2/],
  ['the seal cut off', (lines: string[]) => lines.slice(0, -1), /not sealed: its end is missing/],
  ['half of the lines cut off', (lines: string[]) => lines.slice(0, 4), /not sealed/],
  ['nothing at all', () => [], /not sealed/],
  ['a line behind the seal', (lines: string[]) => [...lines, lines[1]!], /more behind the seal/],
  ['a line that is no JSON', (lines: string[]) => lines.with(1, 'oops'), /no line of an export/],
  ['another writing of the same', (lines: string[]) => lines.with(1, `${lines[1]!} `), /canonical form/],
])('%s is found', async (_, change, message) => {
  const { lines } = await segment();
  expect((await faultsOf([named(change(lines))])).join('\n')).toMatch(message);
});

test('a cut within the last line is found', async () => {
  const { lines } = await segment();
  expect(await faultsOf([{ file: 'a', lines }])).toEqual(['8: the last line is cut off']);
});

test('segments that are missing, exchanged or of another chain are found; a cut end by the end noted earlier', async () => {
  const one = await segment();
  const two = await segment(one.end);
  expect((await faultsOf([named(two.lines)])).join()).toMatch(/number 9 follows 0/);
  expect((await faultsOf([named(two.lines), named(one.lines)])).length).toBeGreaterThan(0);
  expect((await faultsOf([named(one.lines), named((await segment()).lines)])).join()).toMatch(
    /a new chain begins here/,
  );
  expect(await faultsOf([named(one.lines)])).toEqual([]);
  expect((await faultsOf([named(one.lines)], { expectedHead: two.end.head })).join()).toMatch(/its end is missing/);
  expect(await faultsOf([named(one.lines), named(two.lines)], { expectedHead: one.end.head })).toEqual([]);
});

test('a later part of a chain can be verified by itself when its beginning is known', async () => {
  const one = await segment();
  const two = await segment(one.end);
  expect(await faultsOf([named(two.lines)], { after: one.end })).toEqual([]);
});

test('canonical form: sorted keys, no blanks, nothing absent, whatever the order in which it was made', () => {
  expect(canonicalJson({ b: [1, { d: undefined, c: 'ü"\n' }], a: null, aa: -0 })).toBe(
    '{"a":null,"aa":0,"b":[1,{"c":"ü\\"\\n"}]}',
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)!;
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('keys made by openssl are read; anything else is refused with the way to make one, and never shown', async () => {
  const pem = join(folder, 'openssl.pem');
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', pem]);
  execFileSync('openssl', ['pkey', '-in', pem, '-pubout', '-out', join(folder, 'openssl.pub')]);
  const [made, half] = [await readSigningKey(pem), await readVerifyingKey(join(folder, 'openssl.pub'))];
  expect(made.id).toBe(half.id);
  await expect(readSigningKey(join(folder, 'own.pub'))).rejects.toThrow(/is no Ed25519 private key/);
  await expect(readVerifyingKey(join(folder, 'own.pem'))).rejects.toThrow(/is no Ed25519 public key/);
  await expect(readSigningKey(join(folder, 'none.pem'))).rejects.toMatchObject({ remedy: /openssl genpkey/ });
  const secret = readFileSync(pem, 'utf8').split('\n')[1]!;
  await expect(readVerifyingKey(pem)).rejects.not.toThrow(secret);
});
