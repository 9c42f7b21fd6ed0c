import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactSign, UnsecuredJWT } from 'jose';
import { signDecision, signingKeyOf } from '../../../client/sign-decision';
import { approvalSchema, type ApprovalKey } from '../../../config/sections/approval';
import type { DecisionClaims } from '../../../plan/decision/signed-decision';
import { verifyDecision } from '../../../activities/decision/verify-decision';

const workflow = 'remediation/web/1';
const now = Date.parse('2026-11-24T12:00:00Z');
const decision = { by: 'alice', workflow, digest: 'sha256:abcdefabcdef', decision: 'approve' } as const;

const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const own: ApprovalKey = { id: 'alice', publicKey: pem(publicKey) };
const signing = { key: privateKey };

const verify = (jws: string, keys: readonly ApprovalKey[] = [own], at = now) =>
  verifyDecision({ jws, workflow, decision: 'approve' }, keys, at);
const sign = (more: Partial<DecisionClaims> = {}, key = signing as { key: KeyObject; kid?: string }) =>
  signDecision(key, { ...decision, ...more } as DecisionClaims, { now });

test.each([
  ['ed25519', () => generateKeyPairSync('ed25519')],
  ['P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
])('what is signed with a key of %s is verified, from PEM and from JWK', async (_, make) => {
  const pair = make() as { publicKey: KeyObject; privateKey: KeyObject };
  const asPem = signingKeyOf(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  const asJwk = signingKeyOf(JSON.stringify({ ...pair.privateKey.export({ format: 'jwk' }), kid: 'k' }));
  const keys = [own, { id: 'k', publicKey: pair.publicKey.export({ format: 'jwk' }) as ApprovalKey['publicKey'] }];
  for (const key of [asPem, asJwk]) {
    expect(await verify(await sign({}, key), keys)).toMatchObject({
      ok: true,
      claims: decision,
      signature: { key: 'k' },
    });
  }
});

test.each<[string, Partial<DecisionClaims>, RegExp]>([
  ['another remediation', { workflow: 'remediation/web/2' }, /about another remediation \(remediation\/web\/2\)/],
  ['the other decision', { decision: 'reject' }, /it says reject, but was sent to approve/],
  ['nobody', { by: ' ' }, /claims are not those of a decision: by/],
])('a decision about %s is refused', async (_, more, reason) => {
  expect(await verify(await sign(more))).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
});

test('an override says which changes it is about; without, it would sign for any', async () => {
  const override = (more: Partial<DecisionClaims>) => sign({ decision: 'override', ...more });
  const ask = async (more: Partial<DecisionClaims>) =>
    verifyDecision({ jws: await override(more), workflow, decision: 'override' }, [own], now);
  expect(await ask({ changes: 'sha256:0123' })).toMatchObject({ ok: true, claims: { changes: 'sha256:0123' } });
  expect(await ask({})).toMatchObject({ ok: false, reason: 'it does not say which changes it is about', by: 'alice' });
  expect(await verify(await override({ changes: 'sha256:0123' }))).toMatchObject({
    reason: 'it says override, but was sent to approve',
  });
});

test('a decision is refused when it has expired, comes from the future or is valid for days', async () => {
  const jws = await sign();
  expect(await verify(jws, [own], now + 359_000)).toMatchObject({ ok: true });
  expect(await verify(jws, [own], now + 361_000)).toMatchObject({
    ok: false,
    reason: 'it has expired at 2026-11-24T12:05:00.000Z',
    by: 'alice',
  });
  expect(await verify(jws, [own], now - 61_000)).toMatchObject({ reason: expect.stringMatching(/in the future/) });
  const long = await signDecision(signing, decision, { now, validForS: 90_000 });
  expect(await verify(long)).toMatchObject({ reason: expect.stringMatching(/longer than 24 hours/) });
});

test('what is not signed by a configured key is refused, and so is what was changed after', async () => {
  const stranger = { key: generateKeyPairSync('ed25519').privateKey };
  const none = expect.stringMatching(/fits none of the configured keys/);
  expect(await verify(await sign({}, stranger))).toEqual({ ok: false, reason: none });
  const [head, , tail] = (await sign()).split('.');
  const forged = Buffer.from(JSON.stringify({ ...decision, iat: 1, exp: 9e9, jti: 'x' })).toString('base64url');
  expect(await verify(`${head}.${forged}.${tail}`)).toEqual({ ok: false, reason: none });
  expect(await verify(await sign({}, { ...signing, kid: 'bob' }))).toMatchObject({
    reason: expect.stringMatching(/`kid`/),
  });
  expect(await verify(await sign(), [])).toMatchObject({ reason: expect.stringMatching(/no key is configured/) });
  expect(await verify('a.b')).toMatchObject({ ok: false });
  expect(await verify('x'.repeat(9000))).toMatchObject({ reason: expect.stringMatching(/8 KiB/) });
});

test('neither a token without a signature nor one made for something else nor a secret shared with it counts', async () => {
  const unsecured = new UnsecuredJWT({ ...decision }).encode();
  expect(await verify(unsecured)).toMatchObject({ ok: false });
  const payload = new TextEncoder().encode(JSON.stringify({ ...decision, iat: 1, exp: 9e9, jti: 'x' }));
  const other = await new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA', typ: 'JWT' }).sign(privateKey);
  expect(await verify(other)).toMatchObject({ reason: expect.stringMatching(/is no decision/) });
  // The public key taken for the secret of an HMAC.
  const hmac = await new CompactSign(payload)
    .setProtectedHeader({ alg: 'HS256', typ: 'kubernaut-decision+jws' })
    .sign(new TextEncoder().encode(pem(publicKey)));
  expect(await verify(hmac)).toMatchObject({ reason: expect.stringMatching(/fits none/) });
});

test('a personal key signs for its person alone, whose groups the settings say', async () => {
  const key = { ...own, by: ['alice'], groups: ['sre'] };
  expect(await verify(await sign({ groups: ['admins'] }), [key])).toMatchObject({ signature: { groups: ['sre'] } });
  expect(await verify(await sign({ by: 'bob' }), [key])).toMatchObject({
    reason: 'the key alice does not sign for bob',
  });
});

test('a service is believed about groups as far as its key goes', async () => {
  const jws = await sign({ groups: ['sre', 'admins'] });
  expect(await verify(jws)).toMatchObject({ signature: { groups: ['sre', 'admins'] } });
  expect(await verify(jws, [{ ...own, groups: ['sre', 'dba'] }])).toMatchObject({ signature: { groups: ['sre'] } });
});

test('settings with a private key, an unreadable one, two of one id, or verified without any are refused', () => {
  const secret = privateKey.export({ format: 'jwk' });
  const faults = (settings: object) =>
    approvalSchema.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  expect(faults({ keys: [own] })).toEqual([]);
  expect(faults({ identity: 'verified' })).toEqual([expect.stringMatching(/^keys: .*nobody could decide/)]);
  expect(faults({ keys: [{ id: 'a', publicKey: secret }] })).toHaveLength(1);
  expect(faults({ keys: [{ id: 'a', publicKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) }] })).toHaveLength(
    1,
  );
  expect(faults({ keys: [{ id: 'a', publicKey: 'BEGIN PUBLIC KEY' }] })).toEqual([
    expect.stringMatching(/cannot|can be read/),
  ]);
  expect(faults({ keys: [own, own] })).toEqual(['keys.1.id: two keys are called alice']);
});
