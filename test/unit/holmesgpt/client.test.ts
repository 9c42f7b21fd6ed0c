import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import {
  createHolmesClient,
  type HolmesCall,
  type HolmesQuestion,
} from '../../../activities/investigation/holmes-client';
import { investigationQuestion } from '../../../activities/investigation/question';
import { Stop } from '../../../activities/failure';
import { holmesGptSchema } from '../../../config/sections/holmesgpt';
import { readAnswer, type HolmesAnswer } from '../../../plan/investigation';
import {
  startScriptedHolmesGpt,
  type ScriptedHolmesGpt,
  type ScriptedOptions,
} from '../../../tools/holmesgpt/scripted-holmesgpt';
import { options, rollBack, said, scope, whenWorking } from './answers';

const KEY = 's3cret-key-of-holmes';
const tools = [{ name: 'kubectl_describe' }];
const good = { analysis: said([rollBack]), tools };
const question: HolmesQuestion = investigationQuestion(
  { incident: 'incident/prod/shop/Deployment/web', summary: 'KubePodCrashLooping shop/web', alerts: [], scope },
  options.actions,
);

let servers: ScriptedHolmesGpt[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

async function serve(given: ScriptedOptions = {}): Promise<ScriptedHolmesGpt> {
  const server = await startScriptedHolmesGpt(given);
  servers.push(server);
  server.script(good);
  return server;
}

function client(url: string, more: object = {}, key: string = KEY) {
  const settings = holmesGptSchema.parse({ url, apiKey: { env: 'HOLMES' }, ...more });
  return createHolmesClient(settings, { read: async () => key });
}

const ask = (url: string, call: Partial<HolmesCall> = {}, more: object = {}): Promise<HolmesAnswer> =>
  client(url, more).ask(question, { signal: new AbortController().signal, timeoutMs: 5_000, ...call });
const asked = (server: ScriptedHolmesGpt) => server.requests.filter(({ method }) => method === 'POST');
const streamed = { onProgress: () => undefined };

describe('Every version of HolmesGPT', () => {
  test.each([
    ['0.18.0', '/api/investigate', undefined],
    ['0.18.5', '/api/chat', 'json_schema'],
    ['0.22', '/api/chat', 'json_schema'],
    ['0.27', '/api/chat', 'json_schema'],
  ] as const)('%s is asked at %s', async (generation, path, format) => {
    const server = await serve({ generation });
    const answer = await ask(server.url);
    expect(readAnswer(answer, options)).toMatchObject({
      recommendations: [{ action: 'rollback_deployment' }],
      problems: [],
    });
    expect(answer.tools).toEqual([{ name: 'kubectl_describe', status: 'success', toolset: 'kubernetes/core' }]);
    const [request, ...others] = asked(server);
    expect([request?.path, others]).toEqual([path, []]);
    expect((request?.body['response_format'] as { type?: string } | undefined)?.type).toBe(format);
  });

  test('whose OpenAPI document cannot be read is taken for a new one', async () => {
    const server = await serve();
    server.script({ raw: JSON.stringify({ analysis: '{}' }) });
    expect(await ask(server.url)).toEqual({ analysis: '{}', tools: [] });
  });

  test('gets no header that would make its tools refuse to work', async () => {
    const server = await serve({ generation: '0.27' });
    const answer = await ask(server.url);
    expect(answer.tools[0]?.status).toBe('success');
    const { headers } = asked(server)[0]!;
    expect(Object.values(headers).join('\n')).not.toMatch(/[\r"$&\\'()*;<>?[\]`{|}]/);
    // What axios sends by itself does break them.
    const plain = await fetch(`${server.url}/api/chat`, { method: 'POST', body: '{"ask":"x"}' });
    expect(await plain.json()).toMatchObject({ tool_calls: [{ result: { status: 'error' } }] });
  });

  test('never hands the conversation on, which is larger than the answer', async () => {
    const server = await serve();
    expect(JSON.stringify(await ask(server.url)).length).toBeLessThan(2_000);
    expect(JSON.stringify(await ask(server.url, streamed)).length).toBeLessThan(2_000);
  });
});

describe('A stream', () => {
  test('tells what HolmesGPT looks at, and gathers the tool calls that its last event lacks', async () => {
    const server = await serve();
    server.script({ ...good, tools: [{ name: 'kubectl_describe' }, { name: 'kubectl_logs', status: 'error' }] });
    const lines: string[] = [];
    const answer = await ask(server.url, { onProgress: (line) => lines.push(line) });
    expect(lines).toEqual(['HolmesGPT looks: kubectl_describe', 'HolmesGPT looks: kubectl_logs']);
    expect(answer).toMatchObject({ requestId: 'scripted-1', tools: [{ status: 'success' }, { status: 'error' }] });
    expect(asked(server)[0]).toMatchObject({ headers: { accept: 'text/event-stream' }, body: { stream: true } });
  });

  test('that is switched off is not asked for', async () => {
    const server = await serve();
    await ask(server.url, streamed, { stream: false });
    expect(asked(server)[0]?.body).not.toHaveProperty('stream');
  });

  test('that ends without its answer, or in the middle of an event, is lost and not asked for again', async () => {
    const server = await serve();
    for (const cutAfterBytes of [0, 40, 700, 1200]) {
      server.script({ ...good, cutAfterBytes });
      await expect(ask(server.url, streamed)).rejects.toMatchObject({ code: 'HOLMES_LOST', retryable: false });
    }
    server.script({ raw: 'event: token_count\ndata: {}\n\n' });
    await expect(ask(server.url, streamed)).rejects.toMatchObject({ code: 'HOLMES_LOST' });
    expect(asked(server)).toHaveLength(5);
  });

  test.each([
    [429, 'litellm.RateLimitError: no', 'HOLMES_BUSY'],
    [401, 'litellm.AuthenticationError: no', 'HOLMES_MODEL_UNAUTHORIZED'],
    [500, 'litellm.InternalServerError: no', 'HOLMES_FAILED'],
  ])('says %i in an event (%s): %s', async (status, detail, code) => {
    const server = await serve();
    server.script({ status, detail });
    await expect(ask(server.url, streamed)).rejects.toMatchObject({ code });
  });

  test('that waits for an approval which nobody will give is nonsense', async () => {
    const server = await serve();
    server.script({ raw: 'event: approval_required\ndata: {"pending_approvals": [1]}\n\n' });
    await expect(ask(server.url, streamed)).rejects.toMatchObject({ code: 'HOLMES_NONSENSE' });
  });

  test('is read however it is cut into pieces, letters of several bytes included', async () => {
    const server = await serve();
    const analysis = said([rollBack], { analysis: 'größer 🚒'.repeat(20_000 / 10) });
    server.script({ ...good, analysis });
    const answer = await ask(server.url, streamed);
    expect(JSON.parse(answer.analysis)).toEqual(analysis);
  });
});

describe('What goes wrong is told by its code', () => {
  test.each<[string, object, string, boolean]>([
    ['the key is wrong', { status: 401, detail: 'Invalid or missing API key' }, 'HOLMES_UNAUTHORIZED', false],
    [
      'the model’s key is wrong',
      { status: 401, detail: 'litellm.AuthenticationError: 401' },
      'HOLMES_MODEL_UNAUTHORIZED',
      false,
    ],
    [
      'the model’s key has no rights',
      { status: 500, detail: 'litellm.APIError: says 403' },
      'HOLMES_MODEL_UNAUTHORIZED',
      false,
    ],
    ['the model is busy', { status: 429, detail: 'litellm.RateLimitError' }, 'HOLMES_BUSY', true],
    ['the model fails', { status: 500, detail: 'litellm.InternalServerError: 500' }, 'HOLMES_FAILED', true],
    [
      'the model refuses the schema',
      { status: 500, detail: 'litellm.BadRequestError: schema' },
      'HOLMES_REFUSED',
      false,
    ],
    [
      'the model never stops',
      { status: 500, detail: 'Too many LLM calls - exceeded max_steps: 100/100' },
      'HOLMES_REFUSED',
      false,
    ],
    [
      'the question is not understood',
      { status: 422, detail: [{ loc: ['body', 'ask'], msg: 'no' }] },
      'HOLMES_REFUSED',
      false,
    ],
    ['a gateway gave up', { status: 504, raw: '<html>' }, 'HOLMES_TIMEOUT', false],
    ['a gateway has nobody behind it', { status: 503, raw: '<html>' }, 'HOLMES_UNREACHABLE', true],
    ['another server sends us elsewhere', { status: 302, raw: '' }, 'HOLMES_REFUSED', false],
    ['the answer is no JSON', { raw: '<html>' }, 'HOLMES_NONSENSE', false],
    ['the answer has no analysis', { raw: '{"tool_calls": []}' }, 'HOLMES_NONSENSE', false],
    ['the analysis is no text', { raw: '{"analysis": {"recommendations": []}}' }, 'HOLMES_NONSENSE', false],
    ['the connection ends instead of an answer', { hangUp: true }, 'HOLMES_LOST', false],
    ['the answer is cut off', { ...good, cutAfterBytes: 30 }, 'HOLMES_LOST', false],
  ])('%s', async (_, answer, code, retryable) => {
    const server = await serve();
    server.script(answer);
    await expect(ask(server.url)).rejects.toMatchObject({ code, retryable });
    expect(asked(server)).toHaveLength(1);
  });

  test('a busy model is given time, although no Retry-After says how much', async () => {
    const server = await serve();
    server.script({ status: 429 });
    await expect(ask(server.url)).rejects.toMatchObject({ retryAfterMs: 30_000 });
  });

  test('nobody listens', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await expect(ask(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'HOLMES_UNREACHABLE',
      retryable: true,
    });
  });

  test('the key never stands in an error, even when the server repeats it, nor does the question', async () => {
    const server = await serve();
    server.script(
      { status: 500, detail: `cannot use ${KEY} for ${KEY}` },
      { status: 422, detail: [{ msg: 'no', input: KEY }] },
    );
    for (const _ of [1, 2]) {
      const error = (await ask(server.url).catch((thrown: unknown) => thrown)) as Error;
      expect([error.message, JSON.stringify(error)].join()).not.toContain(KEY);
      expect(error.message.length).toBeLessThan(500);
    }
  });

  test('a key that is wrong, missing, or fits in no header', async () => {
    const server = await serve({ apiKey: 'another' });
    await expect(ask(server.url)).rejects.toMatchObject({ code: 'HOLMES_UNAUTHORIZED' });
    const call = { signal: new AbortController().signal, timeoutMs: 1_000 };
    await expect(client(server.url, {}, 'a\nb').ask(question, call)).rejects.toMatchObject({
      code: 'HOLMES_UNAUTHORIZED',
    });
    await expect(client(server.url, {}, 'another').ask(question, call)).resolves.toMatchObject({ tools });
  });
});

describe('An answer that takes long', () => {
  test('is waited for, then given up, and not asked for twice; HolmesGPT works on', async () => {
    const server = await serve();
    server.script({ ...good, delayMs: 5_000 }, good);
    await expect(ask(server.url, { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'HOLMES_TIMEOUT',
      retryable: false,
    });
    expect([asked(server).length, server.working]).toEqual([1, 1]);
    await expect(ask(server.url, { timeoutMs: 5_000 })).resolves.toMatchObject({ requestId: 'scripted-1' });
  });

  test.each([
    ['plain', {}],
    ['streamed', streamed],
  ])('ends at once when it is cancelled (%s)', async (_, how) => {
    const server = await serve();
    server.script({ ...good, delayMs: 30_000 });
    const abort = new AbortController();
    const stop = new Stop('cancelled', 'the step was cancelled');
    const answer = ask(server.url, { ...how, signal: abort.signal, timeoutMs: 60_000 });
    void whenWorking(server).then(() => abort.abort(stop));
    await expect(answer).rejects.toBe(stop);
    expect(asked(server)).toHaveLength(1);
  });

  test('is not begun when it is cancelled before', async () => {
    const server = await serve();
    const signal = AbortSignal.abort(new Stop('cancelled', 'no'));
    await expect(ask(server.url, { signal })).rejects.toBeInstanceOf(Stop);
    expect(server.requests).toHaveLength(0);
  });
});
