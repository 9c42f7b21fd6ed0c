import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { oidcTokens } from '../../../client/bridge/auth/oidc';
import { reviewedTokens } from '../../../client/bridge/auth/token-review';
import { bridgeSchema } from '../../../config/sections/bridge';
import { type BridgeLab, bridgeLab } from './bridge-lab';

let server: Server;
let issuer: string;
let keys: { publicKey: CryptoKey; privateKey: CryptoKey };
let discoveries = 0;
/** The issuer answers. */
let up = true;

beforeAll(async () => {
  keys = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (!up) {
      response.statusCode = 500;
      response.end('{}');
    } else if (request.url === '/.well-known/openid-configuration') {
      discoveries++;
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    } else response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const oidc = (more: object = {}) => {
  const { auth } = bridgeSchema.parse({
    auth: {
      oidc: {
        ...{ issuer, audience: 'kubernaut', identityClaim: 'email', roles: { read: ['sre'], approve: ['leads'] } },
        ...more,
      },
    },
  });
  if (auth === 'none' || auth?.oidc === undefined) throw new Error('unexpected');
  return auth.oidc;
};
const jwt = (claims: JWTPayload = {}, key: CryptoKey = keys.privateKey) =>
  new SignJWT({ email: 'ana@example.com', groups: ['sre'], ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer(claims.iss ?? issuer)
    .setAudience(claims.aud ?? 'kubernaut')
    .setExpirationTime(claims.exp ?? '5m')
    .sign(key);

describe('tokens of an OpenID Connect issuer', () => {
  let lab: BridgeLab;
  beforeEach(async () => {
    up = true;
    lab = await bridgeLab({ tokenChecks: [oidcTokens(oidc())] });
  });
  afterEach(() => lab.app.close());
  const ask = async (token: string) => {
    const answer = await lab.app.inject({
      url: '/api/v1/incidents',
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: answer.statusCode, code: answer.json().code };
  };

  test('the claim names the person, the groups give the roles', async () => {
    expect(await ask(await jwt())).toEqual({ status: 200, code: undefined });
    const before = discoveries;
    expect(await ask(await jwt({ groups: ['leads'] }))).toEqual({ status: 403, code: 'FORBIDDEN' });
    expect(await ask(await jwt({ groups: 'sre' }))).toMatchObject({ status: 200 });
    expect(discoveries).toBe(before);
    const digest = 'a'.repeat(12);
    await lab.app.inject({
      ...{ method: 'POST', url: '/api/v1/remediations/x/approve', body: { digest } },
      headers: { authorization: `Bearer ${await jwt({ groups: ['leads', 'others'] })}` },
    });
    expect(lab.calls.at(-1)).toEqual(['approve', 'x', { digest, by: 'ana@example.com' }, undefined]);
  });

  test.each<[string, () => Promise<string> | string, string]>([
    ['one that has expired', () => jwt({ exp: 1_000_000 }), 'TOKEN_EXPIRED'],
    ['one for somebody else', () => jwt({ aud: 'grafana' }), 'UNAUTHENTICATED'],
    ['one of another issuer', () => jwt({ iss: 'https://evil.example' }), 'UNAUTHENTICATED'],
    ['one signed by another key', async () => jwt({}, (await generateKeyPair('ES256')).privateKey), 'UNAUTHENTICATED'],
    ['one that names nobody', () => jwt({ email: undefined }), 'UNAUTHENTICATED'],
    ['one with a line end in the name', () => jwt({ email: 'a\nb' }), 'UNAUTHENTICATED'],
    [
      'one without a signature',
      () =>
        new UnsecuredJWT({ email: 'eve' }).setIssuer(issuer).setAudience('kubernaut').setExpirationTime('5m').encode(),
      'UNAUTHENTICATED',
    ],
    ['one that is none', () => 'eyJ.eyJ.x', 'UNAUTHENTICATED'],
  ])('%s is refused', async (_, token, code) => {
    expect(await ask(await token())).toEqual({ status: 401, code });
  });

  test('an issuer that does not answer is a 503, and is asked again with the next token', async () => {
    up = false;
    expect(await ask(await jwt())).toEqual({ status: 503, code: 'ISSUER_UNREACHABLE' });
    up = true;
    expect(await ask(await jwt())).toMatchObject({ status: 200 });
  });

  test('roles may lie deeper, or under a name with dots', async () => {
    await lab.app.close();
    lab = await bridgeLab({ tokenChecks: [oidcTokens(oidc({ rolesClaim: 'realm_access.roles' }))] });
    expect(await ask(await jwt({ realm_access: { roles: ['sre'] } }))).toMatchObject({ status: 200 });
    expect(await ask(await jwt({ 'realm_access.roles': ['sre'] }))).toMatchObject({ status: 200 });
    expect(await ask(await jwt({ realm_access: ['sre'] }))).toMatchObject({ status: 403 });
  });
});

describe('tokens reviewed by a cluster', () => {
  const settings = {
    cluster: 'dev',
    audiences: ['kubernaut'],
    roles: { ingest: [], read: ['sre'], propose: [], operate: [], approve: [] },
  };
  const check = (status: object | Error, now = () => 0) => {
    const asked: unknown[] = [];
    const create = async (object: unknown) => {
      asked.push(object);
      if (status instanceof Error) throw status;
      return { status } as never;
    };
    return { asked, check: reviewedTokens({ create: create as never }, settings, now) };
  };
  const user = { username: 'ana', groups: ['sre'] };
  const good = { authenticated: true, audiences: ['kubernaut'], user };

  test('the cluster says who it is; the answer is believed for half a minute', async () => {
    let now = 0;
    const { asked, check: ask } = check(good, () => now);
    expect(await ask('t')).toEqual({ name: 'ana', via: 'kubernetes', roles: new Set(['read']), groups: ['sre'] });
    await ask('t');
    expect(asked).toHaveLength(1);
    now = 30_001;
    await ask('t');
    expect(asked).toHaveLength(2);
    expect(asked[0]).toMatchObject({ kind: 'TokenReview', spec: { token: 't', audiences: ['kubernaut'] } });
  });

  test.each([
    ['it does not know', { authenticated: false }],
    ['of another audience', { ...good, audiences: ['https://kubernetes'] }],
    ['about whose audience it says nothing', { ...good, audiences: undefined }],
    ['of nobody', { ...good, user: {} }],
  ])('a token %s is not accepted', async (_, status) => {
    expect(await check(status).check('t')).toBeUndefined();
  });

  test('a cluster that does not answer is a 503, and a flood of made-up tokens does not reach it', async () => {
    await expect(check(new Error('no route')).check('t')).rejects.toMatchObject({ status: 503 });
    const { asked, check: ask } = check(good);
    const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => ask(`t${n}`)));
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(40);
    expect(asked).toHaveLength(10);
  });
});
