import type { JsonObject } from '../../../plan/json';
import { CANARY, failureOf, localServer, runCustom, type LocalServer } from './custom-run';

describe('http_check', () => {
  let server: LocalServer;
  let other: LocalServer;
  let ready: number;
  beforeAll(async () => {
    other = await localServer((_request, response) => response.end('elsewhere'));
    server = await localServer(({ url }, response) => {
      if (url === '/moved') return response.writeHead(302, { location: '/status' }).end();
      if (url === '/away') return response.writeHead(302, { location: `${other.url}/x` }).end();
      if (url === '/metadata') return response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      if (url === '/loop') return response.writeHead(302, { location: '/loop' }).end();
      if (url === '/broken') return response.writeHead(500).end(`password=${CANARY}`);
      if (url === '/text') return response.end(`all is well ${CANARY}`);
      return response.end(JSON.stringify({ ready: ready++, secret: CANARY }));
    });
  });
  afterAll(() => Promise.all([server.close(), other.close()]));
  beforeEach(() => {
    ready = 1;
    server.requests.length = 0;
    other.requests.length = 0;
  });

  const hosts = (ports = [server.port], host = '127.0.0.1') => ({
    http: {
      hosts: [{ host, ports, plainHttp: true, networks: ['127.0.0.0/8'], secrets: { token: { env: 'SECRET' } } }],
    },
  });
  const run = (params: JsonObject, settings: object = hosts()) => runCustom({ action: 'http_check', params, settings });

  async function evidence(params: JsonObject, settings?: object) {
    const it = run({ ...params, url: `${server.url}${String(params['url'])}` }, settings);
    const validation = await it.validate();
    const effect = await it.execute(validation);
    const result = { effect, evidence: await it.verify(validation, effect), seen: it.seen() };
    expect(result.seen).not.toContain(CANARY);
    return result;
  }

  test('validate asks nothing; execute asks once, and its reading is the evidence when it is right', async () => {
    const it = run({ url: `${server.url}/status?token=x` });
    const validation = await it.validate();
    expect(validation).toMatchObject({ diff: [], noEffect: false, summary: `check GET ${server.url}/status?…: 200` });
    expect(server.requests).toHaveLength(0);
    const effect = await it.execute(validation);
    expect(effect).toMatchObject({ changed: false, data: { holds: true, status: 200 } });
    expect(await it.verify(validation, effect)).toMatchObject({ verified: true, data: { status: 200, readings: 1 } });
    expect(server.requests).toHaveLength(1);
  });

  test('a condition over the JSON is asked again until it holds', async () => {
    const { effect, evidence: found } = await evidence({
      url: '/status',
      expect: 'json.ready >= 3',
      within: '5s',
      every: '100ms',
    });
    expect(effect.data).toMatchObject({ holds: false });
    expect(found).toMatchObject({ verified: true });
    expect(server.requests).toHaveLength(3);
  });

  test.each<[string, JsonObject, string]>([
    ['another status', { url: '/broken' }, 'answered 500, expected 200'],
    ['a condition that does not hold', { url: '/status', expect: 'json.ready > 100' }, 'does not hold'],
    ['a condition over JSON where there is none', { url: '/text', expect: 'json.ready > 1' }, 'it is no JSON'],
    ['a condition that is no truth value', { url: '/status', expect: 'json.ready' }, 'does not hold'],
  ])('%s is a finding, not an error', async (_, params, message) => {
    const { evidence: found } = await evidence(params);
    expect(found).toMatchObject({ verified: false, summary: expect.stringContaining(message) });
  });

  test('the body can be judged as text', async () => {
    const { evidence: found } = await evidence({ url: '/text', expect: "body.startsWith('all is well')" });
    expect(found.verified).toBe(true);
  });

  test('that nobody listens is a finding', async () => {
    const it = run({ url: 'http://127.0.0.1:1/' }, hosts([1]));
    const validation = await it.validate();
    const effect = await it.execute(validation);
    expect(effect).toMatchObject({ data: { holds: false }, summary: expect.stringContaining('ECONNREFUSED') });
    expect(await it.verify(validation, effect)).toMatchObject({ verified: false });
  });

  test('a secret goes to its host in the header, and nowhere else', async () => {
    const secretHeaders = { Authorization: { secret: 'token', prefix: 'Bearer ' } };
    const both = hosts([server.port, other.port]);
    const { evidence: found } = await evidence({ url: '/away', secretHeaders, redirects: 1 }, both);
    expect(found.verified).toBe(true);
    expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${CANARY}`);
    expect(other.requests).toHaveLength(1);
    expect(other.requests[0]?.headers['authorization']).toBeUndefined();
  });

  test('redirects are followed only as far as asked, and each one is checked', async () => {
    expect((await evidence({ url: '/moved' })).evidence.summary).toContain('answered 302');
    expect((await evidence({ url: '/moved', redirects: 1 })).evidence.verified).toBe(true);
    expect((await evidence({ url: '/loop', redirects: 5 })).evidence.verified).toBe(false);
    for (const url of ['/away', '/metadata']) {
      const it = run({ url: server.url + url, redirects: 5 });
      const failure = await failureOf(it.execute(await it.validate()));
      expect(failure).toMatchObject({ code: 'PRECONDITION_FAILED' });
    }
    expect(other.requests).toHaveLength(0);
  });

  test.each<[string, JsonObject]>([
    ['a host that is not listed', { url: 'https://other.example/' }],
    ['another port', { url: 'http://127.0.0.1:1/' }],
    ['the address of a listed name that is written in another way', { url: 'http://localhost:1/' }],
    ['a secret that the host does not have', { url: 'URL', secretHeaders: { 'X-Key': { secret: 'nope' } } }],
  ])('validate refuses %s', async (_, params) => {
    const url = params['url'] === 'URL' ? server.url : params['url'];
    const failure = await failureOf(run({ ...params, url } as JsonObject).validate());
    expect(failure).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(server.requests).toHaveLength(0);
  });

  test('nothing can be asked without settings', async () => {
    expect(await failureOf(run({ url: server.url }, {}).validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
  });

  test.each<[string, JsonObject, string]>([
    ['no url', {}, 'params/url'],
    ['another scheme', { url: 'file:///etc/passwd' }, 'params/url'],
    ['credentials in the URL', { url: 'https://a:b@shop.example/' }, 'must not hold credentials'],
    ['an invalid condition', { url: 'https://shop.example/', expect: 'json.ready >=' }, 'params/expect'],
    ['a method that changes things', { url: 'https://shop.example/', method: 'POST' }, 'params/method'],
    [
      'a secret in a plain header',
      { url: 'https://shop.example/', headers: { Authorization: 'x' } },
      'use secretHeaders',
    ],
    ['a header that is HTTP’s own', { url: 'https://shop.example/', headers: { Host: 'x' } }, 'params/headers'],
    ['a line break in a header', { url: 'https://shop.example/', headers: { 'X-A': 'a\r\nb: c' } }, 'params/headers'],
    ['too many redirects', { url: 'https://shop.example/', redirects: 6 }, 'params/redirects'],
    ['a wait of a day', { url: 'https://shop.example/', within: '24h' }, 'params/within'],
  ])('refuses %s', async (_, params, message) => {
    const failure = await failureOf(run(params).validate());
    expect(failure).toMatchObject({ code: 'PARAMS_INVALID', message: expect.stringContaining(message) });
  });
});
