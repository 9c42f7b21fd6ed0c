import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { guardedRequest, type GuardedRequest } from './guarded-request';
import type { ResolvedAddress } from './checked-address';

const loopback = { networks: ['127.0.0.1', '::1'], plainHttp: true };
const nowhere = { networks: [], plainHttp: true };

describe('A guarded request', () => {
  let server: Server;
  let port: number;
  const seen: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push(`${request.headers.host} ${request.url}`);
      if (request.url === '/flood') {
        const write = () => {
          while (response.write('x'.repeat(64 * 1024)));
          response.once('drain', write);
        };
        response.on('error', () => undefined);
        return write();
      }
      if (request.url === '/drip') return void response.write('x');
      if (request.url === '/silent') return;
      if (request.url === '/away') return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      response.end('hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  beforeEach(() => (seen.length = 0));

  const get = (url: string, more: Partial<GuardedRequest> = {}) =>
    guardedRequest({
      method: 'GET',
      url: new URL(url.replace(':PORT', `:${port}`)),
      rule: loopback,
      timeoutMs: 2_000,
      signal: new AbortController().signal,
      ...more,
    });
  const answers =
    (...rounds: ResolvedAddress[][]) =>
    async () =>
      rounds.length > 1 ? rounds.shift()! : rounds[0]!;
  const v4 = (address: string) => ({ address, family: 4 });

  test('connects to the address that was judged, under the name that was asked for', async () => {
    let asked = 0;
    const resolve = async () => {
      asked++;
      return [v4('127.0.0.1')];
    };
    expect(await get('http://shop.example:PORT/x', { resolve })).toMatchObject({ status: 200, body: 'hello' });
    expect(seen).toEqual([`shop.example:${port} /x`]);
    expect(asked).toBe(1);
  });

  test('a name that changes its address after it was judged (DNS rebinding) does not get the request elsewhere', async () => {
    // The second answer, which a client that resolves again would take, is the local server; the first may not be called.
    const publicFirst = answers([v4('192.0.2.1')], [v4('127.0.0.1')]);
    await expect(get('http://evil.example:PORT/', { resolve: publicFirst, rule: nowhere })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    // And the other way round: judged as allowed, so it is that address that is called, although the next answer is another.
    const allowedFirst = answers([v4('127.0.0.1')], [v4('127.0.0.2')]);
    expect(await get('http://evil.example:PORT/', { resolve: allowedFirst })).toMatchObject({ body: 'hello' });
    expect(seen).toHaveLength(1);
  });

  test('one forbidden address among allowed ones is enough to refuse the name', async () => {
    const resolve = answers([v4('127.0.0.1'), { address: 'fe80::1', family: 6 }]);
    await expect(get('http://both.example:PORT/', { resolve })).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: 'both.example must not be called: fe80::1 is not public (link local)',
    });
    expect(seen).toEqual([]);
  });

  test.each([
    ...['http://127.0.0.1:PORT/', 'http://2130706433:PORT/', 'http://0x7f000001:PORT/', 'http://017700000001:PORT/'],
    ...['http://127.1:PORT/', 'http://0177.0.0.1:PORT/', 'http://0:PORT/', 'http://[::1]:PORT/', 'http://[::]:PORT/'],
    ...['http://[::ffff:127.0.0.1]:PORT/', 'http://[::ffff:7f00:1]:PORT/', 'http://[64:ff9b::7f00:1]:PORT/'],
    ...['http://localhost:PORT/', 'http://１２７.0.0.1:PORT/', 'http://169.254.169.254/latest/meta-data/'],
  ])('%s is not called unless its network is allowed', async (url) => {
    await expect(get(url, { rule: nowhere })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(seen).toEqual([]);
  });

  test('a decimal address is the same as its dotted form where that is allowed', async () => {
    expect(await get('http://2130706433:PORT/')).toMatchObject({ status: 200 });
  });

  test('does not follow a redirect', async () => {
    expect(await get('http://127.0.0.1:PORT/away')).toMatchObject({
      status: 302,
      headers: { location: 'http://169.254.169.254/' },
    });
  });

  test('uses no proxy of the environment', async () => {
    process.env['http_proxy'] = 'http://127.0.0.1:1';
    try {
      expect(await get('http://127.0.0.1:PORT/')).toMatchObject({ status: 200 });
    } finally {
      delete process.env['http_proxy'];
    }
  });

  test('an endless answer is cut, not read', async () => {
    const answer = await get('http://127.0.0.1:PORT/flood', { maxBytes: 1000 });
    expect(answer).toMatchObject({ truncated: true });
    expect(answer.body).toHaveLength(1000);
  });

  test.each(['/silent', '/drip'])('an answer that does not end in time is no answer: %s', async (path) => {
    await expect(get(`http://127.0.0.1:PORT${path}`, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('no answer within 200ms'),
    });
  });

  test('a resolver that hangs is bounded by the same time', async () => {
    const resolve = () => new Promise<never>(() => undefined);
    await expect(get('http://slow.example:PORT/', { resolve, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  test('ends with the reason it was told to stop for', async () => {
    const abort = new AbortController();
    const reason = new Error('stop');
    const call = get('http://127.0.0.1:PORT/silent', { signal: abort.signal });
    setTimeout(() => abort.abort(reason), 50);
    await expect(call).rejects.toBe(reason);
  });

  test('http:// is refused where only https:// is allowed, other schemes always', async () => {
    const rule = { ...loopback, plainHttp: false };
    await expect(get('http://127.0.0.1:PORT/', { rule })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    await expect(get('ftp://127.0.0.1/')).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(seen).toEqual([]);
  });

  test('nobody listening is named as such', async () => {
    await expect(get('http://127.0.0.1:1/')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'GET http://127.0.0.1:1/: ECONNREFUSED, nothing was sent',
    });
  });
});
