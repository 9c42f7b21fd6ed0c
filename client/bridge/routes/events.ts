import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type RemediationStatus, RunPhase } from '../../../plan/steering';
import type { BridgeContext } from '../bridge-context';
import { HttpProblem, retryAfter, toProblem } from '../problem';
import { idParams, problems } from './responses';

/** Proxies close connections on which nothing happens, most of them after a minute. */
const KEEP_ALIVE_MS = 15_000;

/** Live progress: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function eventRoutes(app: FastifyInstance, context: BridgeContext): void {
  let open = 0;
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/v1/remediations/:id/events',
    {
      config: { role: 'read' },
      schema: {
        operationId: 'watchRemediation',
        summary: 'The status now and after every change, as server-sent events',
        description:
          'Events: `status` (data: as `details` of the remediation), `end` (the last one; the remediation has ended), ' +
          '`problem` (the watching cannot go on; data: code and detail). After `end`, do not connect again.',
        tags: ['remediations'],
        params: idParams,
        response: {
          200: {
            description: 'A stream that ends with the remediation',
            content: { 'text/event-stream': { schema: z.string() } },
          },
          ...problems(404, 409, 503),
        },
      },
    },
    async ({ params: { id } }, reply) => {
      if (open >= context.maxStreams) throw tooManyStreams();
      open++;
      context.metrics.streams.inc();
      const stop = new AbortController();
      const close = (): void => {
        if (stop.signal.aborted) return;
        stop.abort();
        open--;
        context.metrics.streams.dec();
      };
      try {
        // Before the first byte a fault is still an answer of its own.
        await context.remediations.status(id);
      } catch (error) {
        close();
        throw error;
      }
      const stream = Readable.from(events(context, id, stop.signal));
      stream.once('close', close);
      return (
        reply
          .type('text/event-stream; charset=utf-8')
          .header('cache-control', 'no-store')
          .header('x-accel-buffering', 'no')
          // Kept alive after the stream, it would hold up a bridge that stops.
          .header('connection', 'close')
          .send(stream as unknown as string)
      );
    },
  );
}

async function* events(
  { remediations, stopping, watchIntervalMs = 1_000 }: BridgeContext,
  id: string,
  closed: AbortSignal,
): AsyncGenerator<string> {
  const signal = AbortSignal.any([closed, stopping]);
  const changes = remediations.watch(id, { signal, intervalMs: watchIntervalMs });
  yield 'retry: 2000\n: watching\n\n';
  try {
    let next = changes.next();
    for (;;) {
      // It may fail while nobody waits for it: a client that leaves during a silence.
      next.catch(() => undefined);
      const result = await nextOrSilence(next);
      if (result === 'silence') {
        yield ': still here\n\n';
        continue;
      }
      if (result.done === true) break;
      yield event(result.value.phase === RunPhase.ended ? 'end' : 'status', result.value);
      next = changes.next();
    }
  } catch (error) {
    // A bridge that stops just ends the stream: the client connects again, to another replica.
    if (signal.aborted) return;
    const { code, message } = toProblem(error);
    yield event('problem', { code, detail: message });
  } finally {
    void changes.return(undefined).catch(() => undefined);
  }
}

function event(name: string, data: RemediationStatus | object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function nextOrSilence<T>(next: Promise<T>): Promise<T | 'silence'> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<'silence'>((resolve) => {
    timer = setTimeout(() => resolve('silence'), KEEP_ALIVE_MS);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function tooManyStreams(): HttpProblem {
  return new HttpProblem(503, 'TOO_MANY_STREAMS', 'As many streams are open as this replica serves.', {
    remedy: 'Try again later, or raise bridge.maxStreams of the settings.',
    headers: retryAfter(503),
  });
}
