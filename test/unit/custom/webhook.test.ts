import type { JsonObject } from '../../../plan/json';
import { CANARY, failureOf, localServer, runCustom, type LocalServer, type ReceivedRequest } from './custom-run';

/** A receiver as it should be: it knows an Idempotency-Key again, and can be asked for its state. */
function maintenanceServer(state: { on: boolean; acts: number; fail: number[]; keys: Set<string> }) {
  return localServer(({ method, url, headers, body }, response) => {
    if (method === 'GET') return response.end(JSON.stringify({ on: state.on }));
    const status = state.fail.shift();
    if (status !== undefined) {
      return response.writeHead(status, { 'retry-after': '7' }).end(`token=${headers.authorization}`);
    }
    if (url === '/moved') return response.writeHead(307, { location: '/maintenance' }).end();
    const key = String(headers['idempotency-key']);
    if (!state.keys.has(key)) {
      state.keys.add(key);
      state.acts++;
      state.on = (JSON.parse(body) as { on: boolean }).on;
    }
    return response.writeHead(202).end(`thanks, ${headers.authorization}`);
  });
}

describe.each(['webhook', 'webhook_with_undo'])('%s', (action) => {
  let server: LocalServer;
  const state = { on: false, acts: 0, fail: [] as number[], keys: new Set<string>() };
  beforeAll(async () => (server = await maintenanceServer(state)));
  afterAll(() => server.close());
  beforeEach(() => {
    Object.assign(state, { on: false, acts: 0, fail: [], keys: new Set() });
    server.requests.length = 0;
  });

  const settings = (more: object = {}) => ({
    http: {
      hosts: [
        {
          host: '127.0.0.1',
          ports: [server.port],
          plainHttp: true,
          networks: ['127.0.0.1'],
          secrets: { token: { env: 'SECRET' } },
          ...more,
        },
      ],
    },
  });
  const call = (on: boolean) => ({
    url: `${server.url}/maintenance`,
    secretHeaders: { Authorization: { secret: 'token', prefix: 'Bearer ' } },
    body: { on },
  });
  const run = (more: JsonObject = {}, hosts: object = settings()) =>
    runCustom({
      action,
      params: { ...call(true), ...(action === 'webhook_with_undo' && { undo: call(false) }), ...more } as JsonObject,
      settings: hosts,
    });
  const writes = (): ReceivedRequest[] => server.requests.filter(({ method }) => method !== 'GET');

  test('validate sends nothing and shows the request without its secrets', async () => {
    const it = run();
    const validation = await it.validate();
    expect(server.requests).toEqual([]);
    expect(validation.diff[0]).toEqual({
      path: '/request',
      after: { request: `POST ${server.url}/maintenance`, secretHeaders: ['Authorization'], body: { on: true } },
    });
    expect(it.seen()).not.toContain(CANARY);
  });

  test('the request arrives as it was approved, with the secret and the operation id', async () => {
    const it = run();
    const validation = await it.validate();
    const effect = await it.execute(validation);
    expect(effect).toMatchObject({
      changed: true,
      summary: `POST ${server.url}/maintenance answered 202`,
      data: { status: 202, idempotencyKey: 'remediation/shop/1/step' },
    });
    expect(writes()).toHaveLength(1);
    expect(writes()[0]).toMatchObject({
      body: '{"on":true}',
      headers: {
        authorization: `Bearer ${CANARY}`,
        'idempotency-key': 'remediation/shop/1/step',
        'content-type': 'application/json',
      },
    });
    expect(state.on).toBe(true);
    expect(await it.verify(validation, effect)).toMatchObject({
      verified: true,
      summary: expect.stringContaining('cannot be read back'),
      data: { readBack: false },
    });
    expect(it.seen()).not.toContain(CANARY);
  });

  test('execute twice is one act of a receiver that knows the key', async () => {
    const it = run();
    const validation = await it.validate();
    await it.execute(validation);
    await it.execute(validation, 2);
    expect(writes().map(({ headers }) => headers['idempotency-key'])).toEqual(Array(2).fill('remediation/shop/1/step'));
    expect(state.acts).toBe(1);
  });

  test('with confirm, only the state of the other system counts', async () => {
    const confirm = { url: `${server.url}/state`, expect: 'json.on', within: '300ms', every: '100ms' };
    const it = run({ confirm });
    const validation = await it.validate();
    const effect = await it.execute(validation);
    expect(await it.verify(validation, effect)).toMatchObject({ verified: true, data: { holds: true } });
    state.on = false;
    expect(await it.verify(validation, effect)).toMatchObject({ verified: false, data: { holds: false, status: 200 } });
  });

  test.each<[number, string, boolean]>([
    [500, 'UNAVAILABLE', true],
    [503, 'UNAVAILABLE', true],
    [429, 'THROTTLED', true],
    [400, 'REJECTED_BY_SERVER', false],
    [401, 'REJECTED_BY_SERVER', false],
  ])('the answer %i is %s, and its body is not told', async (status, code, retryable) => {
    state.fail = [status];
    const it = run();
    const failure = await failureOf(it.execute(await it.validate()));
    expect(failure).toMatchObject({ code, retryable, ...(retryable && { retryAfterMs: 7000 }) });
    expect(it.seen()).not.toContain(CANARY);
  });

  test('a redirect is an answer like any other, and not followed', async () => {
    const it = run({ url: `${server.url}/moved` });
    expect(await failureOf(it.execute(await it.validate()))).toMatchObject({ message: expect.stringContaining('307') });
    expect(writes()).toHaveLength(1);
  });

  test('a missing secret, or one that cannot be a header, is refused before anything is sent', async () => {
    for (const env of [{}, { SECRET: `${CANARY}\r\nX-Evil: 1` }] as Array<Record<string, string>>) {
      const it = runCustom({
        action,
        params: { ...call(true), undo: call(false) },
        settings: settings(),
        env,
      });
      const other = runCustom({ action, params: call(true), settings: settings(), env });
      const used = action === 'webhook' ? other : it;
      expect(await failureOf(used.validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
      expect(used.seen()).not.toContain(CANARY);
    }
    expect(server.requests).toEqual([]);
  });

  test('validate refuses what kubernaut.yaml does not allow', async () => {
    const refusals = [{ methods: ['GET' as const] }, { networks: [] }, { plainHttp: false }, { secrets: {} }];
    for (const more of refusals) {
      expect(await failureOf(run({}, settings(more)).validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
    }
    const elsewhere = { confirm: { url: 'https://elsewhere.example/' } };
    expect(await failureOf(run(elsewhere).validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(server.requests).toEqual([]);
  });

  test.each<[string, JsonObject]>([
    ['GET', { method: 'GET' }],
    ['a body above 32 KiB', { body: 'x'.repeat(33 * 1024) }],
    ['its own Idempotency-Key', { headers: { 'Idempotency-Key': 'x' } }],
    ['an unknown parameter', { retries: 3 }],
    ['a status that is none', { expectStatus: [99] }],
    ['no url', { url: '' }],
  ])('refuses %s', async (_, params) => {
    expect(await failureOf(run(params).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  });
});

describe('webhook_with_undo', () => {
  let server: LocalServer;
  const state = { on: false, acts: 0, fail: [] as number[], keys: new Set<string>() };
  beforeAll(async () => (server = await maintenanceServer(state)));
  afterAll(() => server.close());

  test('the undo is made once, also when it is unknown whether execute was, and names its operation', async () => {
    const call = (on: boolean) => ({ url: `${server.url}/maintenance`, method: 'PUT', body: { on } });
    const it = runCustom({
      action: 'webhook_with_undo',
      params: { ...call(true), undo: call(false) },
      settings: {
        http: { hosts: [{ host: '127.0.0.1', ports: [server.port], plainHttp: true, networks: ['127.0.0.1'] }] },
      },
    });
    const validation = await it.validate();
    expect(validation.diff.map(({ path }) => path)).toEqual(['/request', '/undo']);
    await it.execute(validation);
    expect(state.on).toBe(true);
    expect(await it.rollback(validation)).toMatchObject({ changed: true });
    await it.rollback(validation);
    expect(state).toMatchObject({ on: false, acts: 2 });
    expect(server.requests.at(-1)?.headers['idempotency-key']).toBe('remediation/shop/1/step/undo');
  });

  test('an undo is refused by webhook, which has none', async () => {
    const it = runCustom({
      action: 'webhook',
      params: { url: server.url },
      settings: {
        http: { hosts: [{ host: '127.0.0.1', ports: [server.port], plainHttp: true, networks: ['127.0.0.1'] }] },
      },
    });
    expect(await failureOf(it.rollback(await it.validate()))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
  });
});
