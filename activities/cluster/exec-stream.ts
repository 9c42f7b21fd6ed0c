import type { ClientRequest, IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import type { Json, JsonObject } from '../../plan/json';
import { KubernautError } from '../../plan/errors';
import { apiError, networkError, oneLine } from './api-errors';
import type { ExecOptions, ExecResult } from './cluster';
import type { Credentials } from './credentials';

/** Version 5 tells a closed stream from a broken one; servers before 1.30 know only 4. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const HANDSHAKE_MS = 15_000;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const ERROR_BODY_CAP = 16 * 1024;

const Channel = { stdout: 1, stderr: 2, status: 3 } as const;

export interface ExecRequest extends ExecOptions {
  /** With `https:`; path and query included. */
  url: string;
  credentials: Credentials;
  userAgent: string;
  signal?: AbortSignal;
  /** For messages: `exec in Pod shop/web-1`. */
  call: string;
}

/**
 * One command over the API server's exec subresource (WebSocket, first byte of each message its channel; channel 3 is a
 * `Status` at the end). Rejects only before the upgrade, when nothing can have started.
 */
export async function runExec(request: ExecRequest): Promise<ExecResult> {
  const { call, signal } = request;
  if (signal?.aborted) throw new KubernautError('CANCELLED', `${call}: cancelled`);
  const socket = new WebSocket(request.url, PROTOCOLS, {
    headers: { ...request.credentials.headers, 'User-Agent': request.userAgent },
    agent: request.credentials.agent,
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    followRedirects: false,
    perMessageDeflate: false,
  });
  // An error after the result is known (a socket that is torn down) must not end the process.
  socket.on('error', () => undefined);
  const tail = new Tail(request.maxOutputBytes);
  let status: JsonObject | undefined;
  // Listening before the upgrade: the first messages may come with it.
  socket.on('message', (data: Buffer) => {
    const [channel] = data;
    const payload = data.subarray(1);
    if (channel === Channel.stdout || channel === Channel.stderr) tail.add(payload);
    else if (channel === Channel.status) status = parseStatus(payload) ?? status;
  });
  await opened(socket, call);
  const ended = await closed(socket, request, () => status !== undefined);
  const result = { output: tail.text(), truncated: tail.truncated };
  return status === undefined ? { ended, ...result } : { ...outcomeOf(status), ...result };
}

function opened(socket: WebSocket, call: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (error) => reject(networkError(call, error)));
    socket.once('unexpected-response', (sent: ClientRequest, response: IncomingMessage) => {
      void readBody(response).then((body) => {
        sent.destroy();
        reject(apiError(call, response.statusCode ?? 0, body));
      });
    });
  });
}

/** Waits for the end. The command itself cannot be stopped: Kubernetes has no call for that. */
function closed(
  socket: WebSocket,
  { timeoutMs, signal }: ExecRequest,
  isDone: () => boolean,
): Promise<'timeout' | 'connection lost' | 'cancelled'> {
  return new Promise((resolve) => {
    const end = (how: 'timeout' | 'connection lost' | 'cancelled') => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      socket.terminate();
      resolve(how);
    };
    const cancel = () => end('cancelled');
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    signal?.addEventListener('abort', cancel, { once: true });
    socket.once('close', () => end('connection lost'));
    // The status is the last word; some servers leave the closing to us.
    socket.on('message', () => isDone() && end('connection lost'));
    if (signal?.aborted) cancel();
    else if (isDone() || socket.readyState >= WebSocket.CLOSING) end('connection lost');
  });
}

/** The rules of client-go (remotecommand/errorstream.go): Success is 0, `NonZeroExitCode` carries the code in its causes. */
function outcomeOf(status: JsonObject): Pick<ExecResult, 'ended' | 'exitCode' | 'reason'> {
  if (status.status === 'Success') return { ended: 'exited', exitCode: 0 };
  const causes = ((status.details as JsonObject | undefined)?.causes ?? []) as JsonObject[];
  const code = Number(causes.find((cause) => cause.reason === 'ExitCode')?.message);
  if (status.reason === 'NonZeroExitCode' && Number.isInteger(code)) return { ended: 'exited', exitCode: code };
  return { ended: 'error', reason: oneLine(typeof status.message === 'string' ? status.message : 'no reason given') };
}

function parseStatus(payload: Buffer): JsonObject | undefined {
  try {
    const parsed = JSON.parse(payload.toString('utf8')) as Json;
    return parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > ERROR_BODY_CAP) break;
    }
  } catch {
    // What has come so far says enough.
  }
  return body;
}

/** Keeps the end of what is written to it. */
class Tail {
  private kept = Buffer.alloc(0);
  truncated = false;

  constructor(private readonly max: number) {}

  add(chunk: Buffer): void {
    const all = Buffer.concat([this.kept, chunk]);
    if (all.length > this.max) this.truncated = true;
    this.kept = all.subarray(Math.max(0, all.length - this.max));
  }

  text(): string {
    return this.kept.toString('utf8');
  }
}
