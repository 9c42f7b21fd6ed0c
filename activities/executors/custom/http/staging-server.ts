import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultActionSettings, type ActionSettings } from '../../../../config/action-settings';
import { customActionsSchema } from '../../../../config/sections/custom-actions';
import type { Stage } from '../../../conformance/fixture';

export interface StagingServer {
  url: string;
  /** What was last put, by path. */
  state: Map<string, string>;
  /** Writes that were new to it, by their Idempotency-Key. */
  acts(): number;
  settings: Partial<ActionSettings>;
  secrets: Readonly<Record<string, string>>;
}

/**
 * A receiver for conformance runs: keeps what is sent to a path, gives it back, and knows a repeated Idempotency-Key again.
 * `settings` allow it, with the run's canary as the secret `token`.
 */
export async function stagingServer({ canary, defer }: Stage): Promise<StagingServer> {
  const state = new Map<string, string>();
  const keys = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '/';
      if (request.method === 'GET') return void response.end(state.get(path) ?? '{}');
      const key = String(request.headers['idempotency-key']);
      if (!keys.has(key)) {
        keys.add(key);
        state.set(path, Buffer.concat(chunks).toString());
      }
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  defer(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  const host = { host: '127.0.0.1', ports: [port], plainHttp: true, networks: ['127.0.0.1'] };
  const url = `http://127.0.0.1:${port}`;
  const custom = customActionsSchema.parse({
    http: { hosts: [{ ...host, secrets: { token: { env: 'TOKEN' } } }] },
    notifications: {
      channels: {
        receiver: {
          type: 'webhook',
          url: { env: 'URL' },
          authorization: { env: 'TOKEN' },
          plainHttp: true,
          networks: ['127.0.0.1'],
        },
      },
    },
  });
  return {
    url,
    state,
    acts: () => keys.size,
    settings: { ...defaultActionSettings, custom },
    secrets: { TOKEN: canary, URL: `${url}/inbox` },
  };
}
