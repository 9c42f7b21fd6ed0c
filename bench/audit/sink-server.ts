import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP store that can be down: every request is then answered with 503. */
export interface SinkServer {
  readonly url: string;
  isDown: boolean;
  /** Requests that were refused while it was down. */
  readonly refused: number;
  readonly segments: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

export async function startSinkServer(): Promise<SinkServer> {
  const segments = new Map<string, string>();
  let refused = 0;
  const server = createServer((request, response) => {
    const name = request.url!.slice(1);
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      if (sink.isDown) {
        refused++;
        return response.writeHead(503).end();
      }
      if (request.method === 'GET') return response.writeHead(segments.has(name) ? 200 : 404).end(segments.get(name));
      if (segments.has(name)) return response.writeHead(412).end();
      segments.set(name, body);
      return response.writeHead(201).end();
    });
  });
  // A connection that is kept would be closed in the end, perhaps just when the next request is sent on it.
  server.maxRequestsPerSocket = 1;
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const sink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    isDown: false,
    get refused() {
      return refused;
    },
    segments,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
  return sink;
}
