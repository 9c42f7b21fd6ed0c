import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openApiOf, type HolmesGeneration } from './generations';
import { writeStream } from './write-stream';

/**
 * A scripted stand-in for HolmesGPT, for tests and the demo: it speaks the HTTP API of four generations of the real server as
 * it was observed, traps included, but no model is behind it; every answer is said beforehand. It labels itself as such, in
 * `GET /api/info` and in a header.
 */
export interface ScriptedHolmesGpt {
  readonly url: string;
  /** What was asked for, oldest first. */
  readonly requests: readonly ScriptedRequest[];
  /** Questions that are being answered now. */
  readonly working: number;
  /** The next answers, one for each question; after the last one it is repeated. */
  script(...answers: readonly (ScriptedAnswer | ScriptedReply)[]): void;
  close(): Promise<void>;
}

export interface ScriptedRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Record<string, unknown>;
}

export interface ScriptedTool {
  name: string;
  status?: 'success' | 'error' | 'no_data' | 'approval_required';
  toolset?: string;
}

export interface ScriptedAnswer {
  /** The model's text; an object is said as JSON. */
  analysis?: unknown;
  tools?: readonly ScriptedTool[];
  /** Of `/api/investigate`: texts by section. Default: those that an object has as fields of the same name. */
  sections?: Readonly<Record<string, string>>;
  /** An error instead, as `{"detail": …}`; in a stream as its `error` event. */
  status?: number;
  detail?: unknown;
  /** Exactly this body instead, with status 200 or `status`. */
  raw?: string;
  /** Work for so long before the answer; it goes on when whoever asked goes away. */
  delayMs?: number;
  /** End the connection after so many bytes of the answer's body. */
  cutAfterBytes?: number;
  /** End the connection without a word. */
  hangUp?: boolean;
}

/** An answer that depends on what is asked. */
export type ScriptedReply = (body: Readonly<Record<string, unknown>>) => ScriptedAnswer;

export interface ScriptedOptions {
  /** Default `0.27`: the newest kind, with a key. */
  generation?: HolmesGeneration;
  /** What `HOLMES_API_KEY` would be. Only the newest kind knows it. */
  apiKey?: string;
  port?: number;
}

export const scriptedLabel = 'scripted, no model';

const SHELL_CHARACTERS = /[\n\r"$&\\'()*;<>?[\]`{|}]/;

export async function startScriptedHolmesGpt(options: ScriptedOptions = {}): Promise<ScriptedHolmesGpt> {
  const { generation = '0.27', apiKey, port = 0 } = options;
  const requests: ScriptedRequest[] = [];
  let answers: (ScriptedAnswer | ScriptedReply)[] = [{ analysis: { analysis: '', recommendations: [] } }];
  let working = 0;
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://scripted').pathname;
    const body = await readBody(request);
    requests.push({ method: request.method ?? '', path, headers: request.headers, body });
    response.setHeader('X-Scripted-HolmesGPT', scriptedLabel);
    const open = path === '/healthz' || path === '/readyz';
    if (apiKey !== undefined && !open && keyOf(request) !== apiKey) {
      return json(response, 401, { detail: 'Invalid or missing API key' });
    }
    const document = openApiOf(generation);
    if (!Object.hasOwn(document.paths, path) && path !== '/openapi.json')
      return json(response, 404, { detail: 'Not Found' });
    switch (path) {
      case '/openapi.json':
        return json(response, 200, document);
      case '/healthz':
        return json(response, 200, { status: 'healthy' });
      case '/readyz':
        return json(response, 200, { status: 'ready', models: ['scripted'] });
      case '/api/model':
        return json(response, 200, { model_name: '["scripted"]' });
      case '/api/info': {
        const toolsets = { total: 1, enabled: 1, failed: 0, disabled: 0 };
        return json(response, 200, { version: scriptedLabel, models: ['scripted'], toolsets_summary: toolsets });
      }
    }
    const missing = path === '/api/chat' ? ['ask'] : ['source', 'title', 'description', 'subject', 'context'];
    const absent = missing.filter((name) => body[name] === undefined);
    if (absent.length > 0) {
      const problems = absent.map((name) => ({
        type: 'missing',
        loc: ['body', name],
        msg: 'Field required',
        input: body,
      }));
      return json(response, 422, { detail: problems });
    }
    const next = answers.length > 1 ? answers.shift()! : answers[0]!;
    const answer = typeof next === 'function' ? next(body) : next;
    working++;
    try {
      await new Promise((resolve) => setTimeout(resolve, answer.delayMs ?? 0).unref());
      answerTo(response, path, body, answer, unsafe(request));
    } finally {
      working--;
    }
  }

  /** From 0.43 on; here of all with a key. */
  function unsafe(request: IncomingMessage): string | undefined {
    if (generation !== '0.27') return undefined;
    return Object.entries(request.headers).find(([, value]) => SHELL_CHARACTERS.test(String(value)))?.[0];
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get working() {
      return working;
    },
    script(...next) {
      answers = [...next];
    },
    close: () => close(server),
  };
}

function answerTo(
  response: ServerResponse,
  path: string,
  body: Record<string, unknown>,
  answer: ScriptedAnswer,
  unsafeHeader: string | undefined,
): void {
  if (answer.hangUp === true) return void response.destroy();
  const { status = 200, raw } = answer;
  if (raw !== undefined) return send(response, status, raw, answer.cutAfterBytes);
  const tools = (answer.tools ?? []).map((tool, index) => toolCall(tool, index, unsafeHeader));
  if (path === '/api/chat' && body['stream'] === true) return writeStream(response, answer, tools);
  if (status !== 200) return send(response, status, JSON.stringify({ detail: answer.detail ?? 'scripted' }));
  const text = typeof answer.analysis === 'string' ? answer.analysis : JSON.stringify(answer.analysis ?? {});
  const given = {
    analysis: text,
    tool_calls: tools,
    metadata: { usage: { total_tokens: 10 }, request_id: 'scripted-1' },
    ...(path === '/api/chat'
      ? { conversation_history: conversation(body, text), follow_up_actions: [], pending_approvals: null }
      : { sections: answer.sections ?? sectionsOf(answer.analysis), num_llm_calls: 1, instructions: [] }),
  };
  send(response, 200, JSON.stringify(given), answer.cutAfterBytes);
}

/** As large as the real one, so that nobody stores it by mistake. */
function conversation(body: Record<string, unknown>, text: string): object[] {
  const system = { role: 'system', content: 'x'.repeat(20_000) };
  return [system, { role: 'user', content: body['ask'] ?? '' }, { role: 'assistant', content: text }];
}

function sectionsOf(analysis: unknown): Record<string, string> {
  const fields = typeof analysis === 'object' && analysis !== null ? (analysis as Record<string, unknown>) : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));
  return {
    Analysis: text(fields['analysis']),
    'Root Cause': text(fields['root_cause']),
    Confidence: text(fields['confidence']),
    Recommendations: text(fields['recommendations']),
    ...(fields['playbook'] !== undefined && { Playbook: text((fields['playbook'] as { name?: unknown }).name) }),
  };
}

function toolCall(
  { name, status = 'success', toolset = 'kubernetes/core' }: ScriptedTool,
  index: number,
  unsafe?: string,
) {
  const error = unsafe && `request header '${unsafe}' contains disallowed shell metacharacter(s); refusing to run it`;
  const result = {
    status: unsafe === undefined ? status : 'error',
    error: error ?? null,
    data: 'scripted',
    params: {},
  };
  return {
    tool_call_id: `call_${index}`,
    tool_name: name,
    description: name,
    result,
    size: null,
    toolset_name: toolset,
  };
}

function send(response: ServerResponse, status: number, text: string, cutAfterBytes?: number): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  if (cutAfterBytes === undefined) return void response.end(text);
  response.write(text.slice(0, cutAfterBytes), () => response.destroy());
}

function json(response: ServerResponse, status: number, body: object): void {
  send(response, status, JSON.stringify(body));
}

function keyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['x-api-key'];
  return typeof key === 'string' ? key : headers.authorization?.replace(/^Bearer /, '');
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
