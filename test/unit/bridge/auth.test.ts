import { sign } from '../../../client/bridge/auth/signatures';
import { type BridgeLab, bridgeLab, secretOf } from './bridge-lab';

const routes: [role: string, method: 'GET' | 'POST', url: string][] = [
  ['ingest', 'POST', '/api/v1/alerts'],
  ['ingest', 'POST', '/api/v1/recommendations'],
  ['operate', 'POST', '/api/v1/investigations'],
  ['operate', 'POST', '/api/v1/plans'],
  ['read', 'GET', '/api/v1/incidents'],
  ['read', 'GET', '/api/v1/incidents/x'],
  ['read', 'GET', '/api/v1/remediations'],
  ['read', 'GET', '/api/v1/remediations/x'],
  ['read', 'GET', '/api/v1/remediations/x/events'],
  ['read', 'GET', '/metrics'],
  ['read', 'GET', '/api/v1/kill-switch'],
  ['operate', 'POST', '/api/v1/incidents/x/abort'],
  ['operate', 'POST', '/api/v1/kill-switch/engage'],
  ['operate', 'POST', '/api/v1/kill-switch/release'],
  ...['approve', 'reject', 'revoke', 'override'].map((verb): [string, 'POST', string] => [
    'approve',
    'POST',
    `/api/v1/remediations/x/${verb}`,
  ]),
  ...['abort', 'pause', 'resume', 'take-over', 'hand-back', 'skip', 'retry'].map((verb): [string, 'POST', string] => [
    'operate',
    'POST',
    `/api/v1/remediations/x/${verb}`,
  ]),
];

let lab: BridgeLab;
beforeAll(async () => {
  lab = await bridgeLab();
});
beforeEach(() => void lab.calls.splice(0));
afterAll(() => lab.app.close());

describe('roles', () => {
  test.each(routes)('only %s may %s %s', async (role, method, url) => {
    for (const other of ['ingest', 'read', 'operate', 'approve']) {
      const { statusCode, body } = await lab.app.inject({ method, url, headers: lab.as(other) });
      if (other === role) expect([401, 403]).not.toContain(statusCode);
      else expect({ statusCode, code: JSON.parse(body).code }).toEqual({ statusCode: 403, code: 'FORBIDDEN' });
    }
    const { statusCode, headers } = await lab.app.inject({ method, url });
    expect(statusCode).toBe(401);
    expect(headers['content-type']).toContain('application/problem+json');
  });

  test('the list above is complete: every path of the OpenAPI document is in it, or open', async () => {
    const { paths } = (await lab.app.inject({ url: '/openapi.json', headers: lab.as('ingest') })).json();
    const known = routes.map(([, method, url]) => `${method} ${url.replace(/\/x(?=\/|$)/, '/{id}')}`);
    const served = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const others = ['GET /healthz', 'GET /readyz', 'POST /api/v1/slack/interactions'];
    expect(served.sort()).toEqual([...known, ...others].sort());
  });

  test('nothing but health is open, not even which paths there are', async () => {
    for (const url of ['/healthz', '/readyz']) expect((await lab.app.inject(url)).statusCode).toBe(200);
    for (const url of ['/openapi.json', '/metrics', '/api/v1/alerts', '/nowhere', '/']) {
      expect({ url, status: (await lab.app.inject(url)).statusCode }).toEqual({ url, status: 401 });
    }
    expect((await lab.app.inject({ url: '/nowhere', headers: lab.as('read') })).statusCode).toBe(404);
  });
});

describe('tokens', () => {
  test.each([
    ['none', undefined],
    ['another', 'Bearer another-token-that-is-long'],
    ['an empty one', 'Bearer '],
    ['basic', 'Basic YTpi'],
    ['a prefix of one', `Bearer ${secretOf('read').slice(0, -1)}`],
    ['two', `Bearer ${secretOf('read')} x`],
  ])('%s is refused', async (_, authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await lab.app.inject({ url: '/api/v1/incidents', headers });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="kubernaut"');
  });

  test('a secret that cannot be read is an answer of 503, unless another token fits', async () => {
    const other = await bridgeLab({ lost: ['read'] });
    expect((await other.app.inject({ url: '/api/v1/incidents', headers: lab.as('read') })).statusCode).toBe(503);
    expect((await other.app.inject({ url: '/api/v1/incidents', headers: lab.as('operate') })).statusCode).toBe(403);
  });

  test('no secret gets into the log or an answer', async () => {
    const url = '/api/v1/incidents';
    const wrong = await lab.app.inject({ url, headers: { authorization: 'Bearer wrong-but-still-a-secret' } });
    await lab.app.inject({ url, headers: lab.as('read') });
    const text = JSON.stringify(lab.log) + wrong.body;
    expect(text).not.toContain('wrong-but-still-a-secret');
    expect(text).not.toContain(secretOf('read'));
  });

  test('failed logins are answered with 429 after a while, and lock nobody else out', async () => {
    const strict = await bridgeLab({ settings: { rateLimit: { failuresPerMinute: 2 } } });
    const fail = async () => (await strict.app.inject('/metrics')).statusCode;
    expect([await fail(), await fail(), await fail()]).toEqual([401, 401, 429]);
    expect((await strict.app.inject({ url: '/metrics', headers: lab.as('read') })).statusCode).toBe(200);
  });
});

describe('signatures', () => {
  const body = JSON.stringify({ question: 'why?' });
  const url = '/api/v1/investigations';
  const now = 1_800_000_000_000;
  const signed = (
    more: Partial<Record<'timestamp' | 'url' | 'body' | 'sender' | 'secret' | 'method', string>> = {},
  ) => {
    const timestamp = more.timestamp ?? String(now / 1000);
    const what = {
      method: more.method ?? 'POST',
      url: more.url ?? url,
      timestamp,
      body: Buffer.from(more.body ?? body),
    };
    return {
      'content-type': 'application/json',
      'x-kubernaut-sender': more.sender ?? 'hook',
      'x-kubernaut-timestamp': timestamp,
      'x-kubernaut-signature': sign(more.secret ?? secretOf('hook'), what),
    };
  };
  const post = async (headers: Record<string, string>, to = lab) => {
    const answer = await to.app.inject({ method: 'POST', url, headers, body });
    return { status: answer.statusCode, code: answer.json().code };
  };
  beforeEach(async () => {
    await lab.app.close();
    lab = await bridgeLab({ now: () => now });
  });

  test('a signed request is taken in, in the name of its sender', async () => {
    expect(await post(signed())).toEqual({ status: 202, code: undefined });
    expect(lab.calls).toEqual([
      ['tell', { cluster: 'prod', kind: 'Cluster', name: 'prod' }, expect.objectContaining({ signal: 'investigate' })],
    ]);
    expect(lab.calls[0]![2]).toMatchObject({ payload: { by: 'hook', question: 'why?' } });
  });

  test.each([
    ['another secret', { secret: 'another-secret-of-some-length' }],
    ['another sender', { sender: 'nobody' }],
    ['another body', { body: '{}' }],
    ['another path', { url: '/api/v1/plans' }],
    ['another method', { method: 'PUT' }],
  ])('signed with %s it is refused', async (_, more) => {
    expect(await post(signed(more))).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    expect(lab.calls).toEqual([]);
  });

  test.each([-301, 301])('a timestamp %s seconds off is refused, one within the window is not', async (seconds) => {
    const at = (offset: number) => signed({ timestamp: String(now / 1000 + offset) });
    expect(await post(at(seconds))).toEqual({ status: 401, code: 'SIGNATURE_STALE' });
    expect(await post(at(seconds - Math.sign(seconds)))).toMatchObject({ status: 202 });
    expect(await post(signed({ timestamp: 'now' }))).toMatchObject({ status: 401 });
  });

  test('the same request a second time is refused', async () => {
    expect(await post(signed())).toMatchObject({ status: 202 });
    expect(await post(signed())).toEqual({ status: 401, code: 'SIGNATURE_REPLAYED' });
    expect(lab.calls).toHaveLength(1);
  });

  test('a request that failed may be sent again as it is', async () => {
    let down = true;
    const failing = await bridgeLab({
      now: () => now,
      answers: {
        tell: () => {
          if (down) throw new Error('away');
          return 'incident/a';
        },
      },
    });
    expect(await post(signed(), failing)).toMatchObject({ status: 500 });
    down = false;
    expect(await post(signed(), failing)).toMatchObject({ status: 202 });
  });

  test('a repetition on another replica is the same start and the same update', async () => {
    const replica = await bridgeLab({ now: () => now });
    const target = '/api/v1/remediations/remediation%2Fa%2F1/reject';
    for (const each of [lab, replica]) {
      await each.app.inject({ method: 'POST', url: target, headers: signed({ url: target, body: '{}' }), body: '{}' });
    }
    expect(lab.calls).toEqual(replica.calls);
    expect(lab.calls[0]).toEqual([
      'reject',
      'remediation/a/1',
      { by: 'hook' },
      expect.stringMatching(/^reject:hook:[0-9a-f]{32}$/),
    ]);
  });
});

describe('without auth', () => {
  const url = '/api/v1/incidents';
  const ask = async (headers: Record<string, string>) => {
    const { statusCode, body } = await lab.app.inject({ url, headers });
    return statusCode === 200 ? 200 : JSON.parse(body).code;
  };
  beforeAll(async () => {
    await lab.app.close();
    lab = await bridgeLab({ settings: { auth: 'none' } });
  });

  test.each(['127.0.0.1:8088', 'localhost:8088', '[::1]:8088', 'localhost'])(
    'a program that calls %s is served',
    async (host) => {
      expect(await ask({ host })).toBe(200);
    },
  );

  test.each<Record<string, string>>([
    { host: 'evil.example:8088' },
    { host: 'localhost:8088', origin: 'https://evil.example' },
    { host: 'localhost:8088', origin: 'null' },
    { host: 'localhost:8088', 'sec-fetch-site': 'cross-site' },
  ])('a web page is not: %j', async (headers) => {
    expect(await ask(headers)).toBe('FORBIDDEN');
  });

  test('what a browser may send without asking is not read', async () => {
    const answer = await lab.app.inject({
      ...{ method: 'POST', url: '/api/v1/plans', body: 'kind: RemediationPlan' },
      headers: { host: 'localhost', 'content-type': 'text/plain' },
    });
    expect(answer.statusCode).toBe(415);
  });
});
