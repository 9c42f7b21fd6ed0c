import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Collector {
  url: string;
  /** Spans that it took. */
  readonly spans: number;
  close(): Promise<void>;
}

/** Takes OTLP as JSON and counts the spans: in this process, so that its own cost is no worker's. */
export async function startCollector(): Promise<Collector> {
  let spans = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      spans += body.split('"spanId"').length - 1;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    get spans() {
      return spans;
    },
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
