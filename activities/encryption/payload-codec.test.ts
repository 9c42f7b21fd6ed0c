import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { encryptionSchema } from '../../config/sections/encryption';
import type { KubernautError } from '../../plan/errors';
import { fc } from '../../test/setup/property';
import { environmentSecrets } from '../secrets';
import { payloadKeys } from './data-converter';
import { EncryptionCodec, isEncrypted } from './payload-codec';

const canary = 'canary-7f3a';
const keyOf = (id: string) => ({ id, secret: randomBytes(32) });
const january = keyOf('2026-01');
const may = keyOf('2026-05');
const codec = new EncryptionCodec([january]);
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined): unknown => defaultPayloadConverter.fromPayload(payload!);
const refusal = (decoding: Promise<Payload[]>): Promise<KubernautError> =>
  decoding.then(
    () => Promise.reject(new Error('it was decrypted')),
    (error: unknown) => error as KubernautError,
  );

test('whatever goes in comes out again, and nothing of it is readable in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (values) => {
      const plain = values.map((value) => payloadOf(`${canary}${JSON.stringify(value)}`));
      const encrypted = await codec.encode(plain);
      const stored = encrypted.map(
        ({ metadata, data }) => JSON.stringify({ metadata }) + Buffer.from(data!).toString('latin1'),
      );
      expect(stored.filter((text) => text.includes(canary) || text.includes('json/plain'))).toEqual([]);
      expect((await codec.decode(encrypted)).map(valueOf)).toEqual(plain.map(valueOf));
    }),
  );
});

test('the same value twice does not look the same', async () => {
  const [one, other] = await codec.encode([payloadOf(canary), payloadOf(canary)]);
  expect(Buffer.from(one!.data!).equals(other!.data!)).toBe(false);
});

test('a payload without data, or with bytes, keeps all that it has', async () => {
  const given = [payloadOf(undefined), payloadOf(new Uint8Array([0, 255])), {}];
  const back = await codec.decode(await codec.encode(given));
  expect(valueOf(back[0])).toBeUndefined();
  expect(Buffer.from(valueOf(back[1]) as Uint8Array)).toEqual(Buffer.from([0, 255]));
  expect(Object.keys(back[2]!.metadata ?? {})).toEqual([]);
});

test('after a rotation the new key encrypts, and what the old one encrypted is still read', async () => {
  const before = await codec.encode([payloadOf('old')]);
  const rotated = new EncryptionCodec([may, january]);
  const after = await rotated.encode([payloadOf('new')]);
  expect((await rotated.decode([...before, ...after])).map(valueOf)).toEqual(['old', 'new']);
  expect(Buffer.from(after[0]!.metadata!['encryption-key-id']!).toString()).toBe('2026-05');
  const error = await refusal(codec.decode(after));
  expect(error).toMatchObject({ code: 'PRECONDITION_FAILED', retryable: false });
  expect(error.message).toBe('a payload is encrypted with the key 2026-05, but there is 2026-01');
});

test('what was never encrypted passes as it is, so that earlier runs go on', async () => {
  const [plain] = await codec.decode([payloadOf({ plan: 1 })]);
  expect(valueOf(plain)).toEqual({ plan: 1 });
});

test('no single byte can be changed, cut off or added, and the error shows nothing of the content', async () => {
  const [payload] = await codec.encode([payloadOf(canary)]);
  const data = Buffer.from(payload!.data!);
  const flipped = [...data.keys()].map((at) => {
    const copy = Buffer.from(data);
    copy[at]! ^= 1;
    return copy;
  });
  const cut = [...data.keys()].map((length) => data.subarray(0, length));
  for (const damaged of [...flipped, ...cut, Buffer.concat([data, Buffer.from([0])])]) {
    const error = await refusal(codec.decode([{ ...payload, data: damaged }]));
    expect(error.code).toBe('PAYLOAD_DAMAGED');
    expect(`${error.stack} ${error.remedy}`).not.toContain(canary);
  }
});

test('a payload cannot be passed off as one of another key, not even of a key with the same secret', async () => {
  const twin = new EncryptionCodec([january, { id: 'twin', secret: january.secret }]);
  const [payload] = await twin.encode([payloadOf(1)]);
  const metadata = { ...payload!.metadata, 'encryption-key-id': Buffer.from('twin') };
  expect((await refusal(twin.decode([{ ...payload, metadata }]))).code).toBe('PAYLOAD_DAMAGED');
});

test('the name of an unknown key stays out of the error when it is none', async () => {
  const [payload] = await codec.encode([payloadOf(1)]);
  const metadata = { ...payload!.metadata, 'encryption-key-id': Buffer.from('\u001b[31mred\n') };
  expect((await refusal(codec.decode([{ ...payload, metadata }]))).message).toContain('the key (no valid id), but');
});

test('without keys nothing is encrypted, and what is says so instead of being taken for something else', async () => {
  const none = new EncryptionCodec([]);
  const [plain] = await none.encode([payloadOf('a')]);
  expect(isEncrypted(plain!)).toBe(false);
  const error = await refusal(none.decode(await codec.encode([payloadOf('a')])));
  expect(error.message).toMatch(/with the key 2026-01, but no key is configured/);
});

test('every key that cannot be used is named at once, none is shown', async () => {
  const short = randomBytes(16).toString('base64');
  const env = { GOOD: january.secret.toString('base64'), SHORT: short, WORDS: 'correct horse battery staple' };
  const refs = ['GOOD', 'SHORT', 'WORDS', 'NOWHERE'].map((env, index) => ({ id: `k${index}`, key: { env } }));
  const settings = encryptionSchema.parse({ keys: refs });
  const error = await payloadKeys(settings, environmentSecrets(env)).then(
    () => undefined,
    (thrown: KubernautError) => thrown,
  );
  expect(error?.message.split('\n')).toEqual([
    'temporal.encryption.keys[1] (k1): must be 32 bytes in base64',
    'temporal.encryption.keys[2] (k2): must be 32 bytes in base64',
    'temporal.encryption.keys[3] (k3): a secret is missing: the environment variable NOWHERE is not set',
  ]);
  expect(error?.message).not.toContain(short);
  expect(await payloadKeys({ keys: [settings.keys[0]!] }, environmentSecrets(env))).toEqual([
    { id: 'k0', secret: january.secret },
  ]);
});

test('two keys of one name are refused', () => {
  const key = { id: 'a', key: { env: 'A' } };
  expect(encryptionSchema.safeParse({ keys: [key, key] }).error?.issues).toMatchObject([
    { path: ['keys', 1, 'id'], message: 'two keys are called a' },
  ]);
});
