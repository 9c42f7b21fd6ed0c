import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CredentialSource } from './credentials';
import { Transport } from './transport';
import { watchEvents } from './watch-stream';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let answers: Answer[];
let seen: IncomingMessage[];
let forgotten = 0;
const agent = new Agent({ keepAlive: true });

beforeEach(async () => {
  answers = [];
  seen = [];
  forgotten = 0;
  server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    (answers.shift() ?? ok({}))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});
afterAll(() => agent.destroy());

function transport(timeoutMs = 10_000): Transport {
  const credentials = {
    get: () => Promise.resolve({ headers: { Authorization: 'Bearer t' }, agent }),
    forget: () => (forgotten += 1),
  } as unknown as CredentialSource;
  return new Transport({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials,
    timeoutMs,
  });
}

function ok(body: object): Answer {
  return (_, response) => response.end(JSON.stringify(body));
}
function fail(code: number, headers: Record<string, string> = {}): Answer {
  return (_, response) =>
    response.writeHead(code, headers).end(JSON.stringify({ kind: 'Status', message: `failed ${code}` }));
}
const hangUp: Answer = (request) => request.socket.destroy();
const silence: Answer = () => undefined;

const read = { method: 'GET', path: '/x', call: 'get X' } as const;
const write = { method: 'PATCH', path: '/x', body: [], call: 'patch X' } as const;

test('reads are tried again after 5xx, 429 and broken connections; everybody sees who we are', async () => {
  answers = [fail(503), hangUp, fail(429, { 'retry-after': '1' }), ok({ a: 1 })];
  expect(await transport().json(read)).toEqual({ a: 1 });
  expect(seen).toHaveLength(4);
  expect(seen[0]?.headers['user-agent']).toMatch(/^kubernaut\/\d/);
  expect(seen[0]?.headers.authorization).toBe('Bearer t');
});

test('reads give up after a few tries', async () => {
  answers = Array.from({ length: 9 }, () => fail(500));
  await expect(transport().json(read)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'get X: failed 500' });
  expect(seen).toHaveLength(4);
});

test.each([
  ['a 503', fail(503), 'UNAVAILABLE'],
  ['a 429', fail(429), 'THROTTLED'],
  ['a broken connection', hangUp, 'UNAVAILABLE'],
])('a write is sent once, whatever happens: %s', async (_, answer, code) => {
  answers = [answer];
  await expect(transport().json(write)).rejects.toMatchObject({ code });
  expect(seen).toHaveLength(1);
});

test('a 401 makes the credentials be read anew, once', async () => {
  answers = [fail(401), ok({ a: 1 })];
  expect(await transport().json(read)).toEqual({ a: 1 });
  answers = [fail(401), fail(401)];
  await expect(transport().json(read)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(forgotten).toBe(3);
});

test('a silent server is left after the timeout', async () => {
  answers = [silence];
  await expect(transport(100).json(write)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'patch X: ETIMEDOUT no answer within 0.1 s',
  });
});

test('a cancel ends a read at once, lets a write finish and sends no further one', async () => {
  const abort = new AbortController();
  answers = [() => abort.abort()];
  const reading = transport().json({ ...read, signal: abort.signal });
  await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });

  const during = new AbortController();
  answers = [
    (_, response) => {
      during.abort();
      setTimeout(() => response.end('{"done":true}'), 50);
    },
  ];
  expect(await transport().json({ ...write, signal: during.signal })).toEqual({ done: true });
  const before = seen.length;
  await expect(transport().json({ ...write, signal: during.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(seen).toHaveLength(before);
});

describe('a watch', () => {
  const line = (type: string, name: string) => `${JSON.stringify({ type, object: { metadata: { name } } })}\n`;

  async function watch(answer: Answer, abort = new AbortController(), abortAt?: string): Promise<string[]> {
    const { signal } = abort;
    answers = [answer];
    const body = await transport().stream({ ...read, signal });
    const names: string[] = [];
    for await (const event of watchEvents(body, signal, 'watch X')) {
      names.push(`${event.type} ${event.object.metadata.name}`);
      if (event.object.metadata.name === abortAt) abort.abort();
    }
    return names;
  }

  test('puts lines together from pieces, umlauts cut in half included, and ends with the server', async () => {
    const bytes = Buffer.from(line('ADDED', 'ä') + line('MODIFIED', 'b'));
    const cut = bytes.indexOf(0xa4);
    const names = await watch((_, response) => {
      response.write(bytes.subarray(0, cut));
      setTimeout(() => response.end(bytes.subarray(cut)), 30);
    });
    expect(names).toEqual(['ADDED ä', 'MODIFIED b']);
  });

  test('ends quietly on 410 Gone, on a cut connection and on the signal; throws other errors', async () => {
    const error = (code: number) =>
      `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, message: 'no' } })}\n`;
    expect(await watch((_, response) => response.end(line('ADDED', 'a') + error(410)))).toEqual(['ADDED a']);
    const cut = await watch((request, response) => {
      response.write(`${line('ADDED', 'a')}{"type":"MODIF`);
      setTimeout(() => request.socket.destroy(), 30);
    });
    expect(cut).toEqual(['ADDED a']);
    const open: Answer = (_, response) => void response.write(line('ADDED', 'a'));
    expect(await watch(open, new AbortController(), 'a')).toEqual(['ADDED a']);
    await expect(watch((_, response) => void response.end(error(403)))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(watch(fail(403))).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'get X: failed 403' });
  });

  test('told to stop before the server has answered, says so', async () => {
    const abort = new AbortController();
    await expect(watch(() => abort.abort(), abort)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
