import type { FastifyInstance } from 'fastify';
import { EncryptionCodec } from '../../../activities/encryption/payload-codec';
import { createLogger } from '../../../activities/json-logger';
import { Authenticator } from '../../../client/bridge/auth/authenticator';
import { bearerTokens } from '../../../client/bridge/auth/bearer-tokens';
import { SecretReader } from '../../../client/bridge/auth/secret-reader';
import { BridgeMetrics } from '../../../client/bridge/metrics';
import { createCodecServer } from '../../../client/codec-server/create-codec-server';
import { toWire } from '../../../client/codec-server/wire-payloads';
import { bridgeRoles, bridgeSchema } from '../../../config/sections/bridge';
import { allTokens, secretOf } from '../bridge/bridge-lab';

const page = 'https://temporal.example.com';
const canary = 'canary-77aa';
const keyOf = (id: string, fill: number) => ({ id, secret: Buffer.alloc(32, fill) });
const codec = new EncryptionCodec([keyOf('new', 1), keyOf('old', 2)]);
const plain = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify({ reason: canary })),
};
const wirePlain = toWire([plain]);
const as = (role: string) => ({ authorization: `Bearer ${secretOf(role)}` });
let lines: string[];

async function server(auth: object | 'none' = allTokens): Promise<FastifyInstance> {
  lines = [];
  const settings = bridgeSchema.parse({ auth });
  const secrets = new SecretReader({ read: async (ref) => secretOf('env' in ref ? ref.env : ref.file) });
  const who = settings.auth!;
  return createCodecServer({
    ...{ codec, origins: [page], rateLimit: settings.rateLimit, metrics: new BridgeMetrics() },
    stopping: new AbortController().signal,
    logger: createLogger('debug', { write: (line) => void lines.push(line) }),
    authenticator: new Authenticator({
      ...{ auth: who, secrets, pages: [page] },
      tokenChecks: who === 'none' ? [] : [bearerTokens(who.tokens, secrets, () => undefined)],
    }),
  });
}

const post = (app: FastifyInstance, url: string, payload: unknown, headers: Record<string, string> = as('read')) =>
  app.inject({ method: 'POST', url, payload: payload as object, headers });

test('what was encrypted with any of the keys comes back in clear, in order, and what was not as it was', async () => {
  const old = await new EncryptionCodec([keyOf('old', 2)]).encode([plain]);
  const encrypted = toWire([...(await codec.encode([plain])), ...old, plain]);
  const answer = await post(await server(), '/decode', encrypted);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ payloads: [...wirePlain.payloads, ...wirePlain.payloads, ...wirePlain.payloads] });
});

test('what is encoded can be decoded again, and is not readable in between', async () => {
  const app = await server();
  const encoded = await post(app, '/encode', wirePlain, as('operate'));
  expect(encoded.statusCode).toBe(200);
  const { payloads } = encoded.json<typeof wirePlain>();
  expect(Buffer.from(payloads[0]!.metadata!['encoding']!, 'base64').toString()).toBe('binary/encrypted');
  expect(Buffer.from(payloads[0]!.data!, 'base64').includes(canary)).toBe(false);
  expect((await post(app, '/decode', { payloads })).json()).toEqual(wirePlain);
});

test.each([
  ['/decode', 'read'],
  ['/encode', 'operate'],
])('%s is for the role %s, and for no other', async (url, wanted) => {
  const app = await server();
  for (const role of bridgeRoles) {
    const { statusCode, body } = await post(app, url, wirePlain, as(role));
    expect([role, statusCode]).toEqual([role, role === wanted ? 200 : 403]);
    if (role !== wanted) expect(body).not.toContain(wirePlain.payloads[0]!.data);
  }
  const nobody = await post(app, url, wirePlain, {});
  expect(nobody.statusCode).toBe(401);
  const stranger = await post(app, url, wirePlain, { authorization: 'Bearer guessed-and-long-enough' });
  expect(stranger.statusCode).toBe(401);
});

test('a key that is not there, and a payload that was changed, fail the whole request', async () => {
  const app = await server();
  const [foreign] = await new EncryptionCodec([keyOf('lost', 3)]).encode([plain]);
  const [changed] = await codec.encode([plain]);
  changed!.data![40]! ^= 1;
  for (const [payload, text] of [
    [foreign, 'encrypted with the key lost, but there is new, old'],
    [changed, 'cannot be decrypted with the key new'],
  ] as const) {
    const answer = await post(app, '/decode', toWire([...(await codec.encode([plain])), payload!]));
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ detail: expect.stringContaining(text) });
    expect(answer.json()).not.toHaveProperty('payloads');
  }
});

test.each<[string, unknown, number]>([
  ['no JSON', 'payloads', 415],
  ['broken JSON', Buffer.from('{"payloads":'), 400],
  ['a list', [], 422],
  ['payloads that are none', { payloads: 'all of them' }, 422],
  ['data that is no base64', { payloads: [{ data: 'not base64!' }] }, 422],
  ['metadata that is no base64', { payloads: [{ metadata: { encoding: 7 } }] }, 422],
  ['far too much', { payloads: [{ data: 'A'.repeat(17 * 1024 * 1024) }] }, 413],
])('%s is refused', async (_, body, status) => {
  const json: Record<string, string> = Buffer.isBuffer(body) ? { 'content-type': 'application/json' } : {};
  const answer = await post(await server(), '/decode', body, { ...as('read'), ...json });
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toHaveProperty('code');
});

test('no payloads at all are no mistake', async () => {
  expect((await post(await server(), '/decode', {})).json()).toEqual({ payloads: [] });
});

describe('a page in a browser', () => {
  const preflight = (app: FastifyInstance, origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/decode',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-namespace' },
    });

  test('of a named origin may ask, with token and namespace, and reads refusals too', async () => {
    const app = await server();
    const asked = await preflight(app, page);
    expect(asked.statusCode).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Authorization, Content-Type, X-Namespace',
      vary: 'Origin',
    });
    for (const headers of [{ ...as('read') }, {}]) {
      const answer = await post(app, '/decode', wirePlain, { ...headers, origin: page });
      expect(answer.headers['access-control-allow-origin']).toBe(page);
    }
  });

  test.each(['https://evil.example.com', `${page}.evil.com`, 'null', `${page}:8443`])(
    'of %s may not',
    async (origin) => {
      const app = await server();
      const asked = await preflight(app, origin);
      expect(asked.statusCode).toBe(401);
      const answer = await post(app, '/decode', wirePlain, { ...as('read'), origin });
      for (const { headers } of [asked, answer]) expect(headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  test('needs no token where auth is none, but must be a named one', async () => {
    const app = await server('none');
    const host = '127.0.0.1:8089';
    const from = (origin: string) => post(app, '/decode', wirePlain, { origin, host, 'sec-fetch-site': 'cross-site' });
    expect((await from(page)).statusCode).toBe(200);
    expect((await from('https://evil.example.com')).statusCode).toBe(403);
    // A name of theirs that leads to this machine.
    const rebound = { origin: page, host: 'evil.example.com' };
    expect((await post(app, '/decode', wirePlain, rebound)).statusCode).toBe(403);
  });
});

test('the log says who decoded how much, and nothing of what', async () => {
  const app = await server();
  await post(app, '/decode', toWire(await codec.encode([plain, plain])));
  const line = lines.map((each) => JSON.parse(each)).find(({ msg }) => msg === 'decoded');
  expect(line).toMatchObject({ by: 'read', payloads: 2 });
  expect(lines.join()).not.toContain(canary);
  expect(lines.join()).not.toContain(secretOf('read'));
});

test('health is open, and nothing else is', async () => {
  const app = await server();
  expect((await app.inject('/healthz')).json()).toEqual({ alive: true });
  expect((await app.inject('/metrics')).statusCode).toBe(401);
});
