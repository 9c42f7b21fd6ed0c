import { createServer, Agent, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { runExec, type ExecRequest } from './exec-stream';

let server: Server;
let serve: (socket: WebSocket) => void;
let refuse: number | undefined;
const asked: string[] = [];
beforeAll(async () => {
  server = createServer();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v5.channel.k8s.io' });
  server.on('upgrade', (request, socket, head) => {
    asked.push(`${request.url} ${request.headers.authorization} ${request.headers['user-agent']}`);
    if (refuse !== undefined) {
      const body = JSON.stringify({ kind: 'Status', message: 'pods "web" not found', reason: 'NotFound' });
      socket.end(`HTTP/1.1 ${refuse} X\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (each) => serve(each));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => (refuse = undefined));

const exec = (more: Partial<ExecRequest> = {}) =>
  runExec({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec?command=a`,
    credentials: { headers: { Authorization: 'Bearer x' }, agent: new Agent() },
    ...{ userAgent: 'test', call: 'exec in Pod shop/web', command: ['a'], timeoutMs: 5_000, maxOutputBytes: 100 },
    ...more,
  });
const say = (socket: WebSocket, channel: number, text: string) =>
  socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
const failed = (reason: string, more: object = {}) => JSON.stringify({ status: 'Failure', reason, ...more });

test('both outputs as they come, and 0 for Success', async () => {
  serve = (socket) => {
    say(socket, 1, 'out ');
    say(socket, 2, 'err');
    say(socket, 3, '{"status":"Success"}');
    socket.close();
  };
  expect(await exec()).toEqual({ ended: 'exited', exitCode: 0, output: 'out err', truncated: false });
  expect(asked.at(-1)).toBe('/exec?command=a Bearer x test');
});

test('the exit code of a command that fails', async () => {
  const details = { causes: [{ reason: 'ExitCode', message: '3' }] };
  serve = (socket) => say(socket, 3, failed('NonZeroExitCode', { details, message: 'exit code 3' }));
  expect(await exec()).toMatchObject({ ended: 'exited', exitCode: 3 });
});

test('any other failure is no exit code', async () => {
  serve = (socket) => say(socket, 3, failed('InternalError', { message: 'no such\nfile' }));
  expect(await exec()).toEqual({ ended: 'error', reason: 'no such file', output: '', truncated: false });
});

test('without a status nothing is known of its end', async () => {
  serve = (socket) => {
    say(socket, 1, 'half');
    socket.close();
  };
  expect(await exec()).toMatchObject({ ended: 'connection lost', output: 'half' });
  serve = (socket) => socket.terminate();
  expect(await exec()).toMatchObject({ ended: 'connection lost' });
  serve = (socket) => say(socket, 3, 'nonsense') as never;
  expect(await exec({ timeoutMs: 50 })).toMatchObject({ ended: 'timeout' });
});

test('only the end of a long output is kept', async () => {
  serve = (socket) => {
    for (let index = 0; index < 50; index++) say(socket, 1, `${'x'.repeat(1_000)}${index}`);
    say(socket, 3, '{"status":"Success"}');
  };
  const { output, truncated } = await exec();
  expect(output).toBe(`${'x'.repeat(98)}49`);
  expect(truncated).toBe(true);
});

test('an abort ends the waiting, and says so', async () => {
  const abort = new AbortController();
  serve = () => abort.abort();
  expect(await exec({ signal: abort.signal })).toMatchObject({ ended: 'cancelled' });
  await expect(exec({ signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
});

test.each([
  [404, 'TARGET_NOT_FOUND'],
  [403, 'FORBIDDEN'],
  [500, 'UNAVAILABLE'],
])('a %s before the upgrade is an error: nothing was started', async (status, code) => {
  refuse = status;
  await expect(exec()).rejects.toMatchObject({ code, message: expect.stringContaining('exec in Pod shop/web: pods') });
});

test('a server that is not there is an error too', async () => {
  await expect(exec({ url: 'http://127.0.0.1:1/exec' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
