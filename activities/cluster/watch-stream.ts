import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { apiError } from './api-errors';
import type { KubeObject, WatchEvent } from './cluster';

/**
 * The events of a watch response: one JSON document a line. Ends quietly when the server closes, the connection breaks, the
 * signal aborts or the resourceVersion is too old (410 Gone): in each case the caller's next act is the same, list again.
 * Any other error event is thrown.
 */
export async function* watchEvents(body: Readable, signal: AbortSignal, call: string): AsyncIterable<WatchEvent> {
  const stop = () => body.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of lines(body)) {
      if (signal.aborted) return;
      const event = JSON.parse(line) as { type: string; object: unknown };
      if (event.type === 'ERROR') {
        const status = event.object as { code?: number };
        if (status.code === 410) return;
        throw apiError(call, status.code ?? 500, JSON.stringify(status));
      }
      yield { type: event.type as WatchEvent['type'], object: event.object as KubeObject };
    }
  } finally {
    signal.removeEventListener('abort', stop);
    body.destroy();
  }
}

async function* lines(body: Readable): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of body) {
      rest += decoder.write(chunk as Buffer);
      let end: number;
      while ((end = rest.indexOf('\n')) >= 0) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 1);
        if (line.trim()) yield line;
      }
    }
  } catch {
    // A broken connection; a line cut short with it is dropped, the next list will show what it said.
  }
}
