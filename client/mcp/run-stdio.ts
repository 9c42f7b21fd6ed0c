import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createMcpServer, type McpServerOptions } from './create-mcp-server';

export interface RunStdioOptions extends McpServerOptions {
  stdin: Readable;
  /** Nothing but messages of the protocol is written here. */
  stdout: Writable;
  /** Ends it, as the end of stdin does. */
  signal: AbortSignal;
}

/** Serves one client until it closes its end, or the signal aborts. */
export async function runStdio({ stdin, stdout, signal, ...options }: RunStdioOptions): Promise<void> {
  const server = createMcpServer(options);
  const transport = new StdioServerTransport(stdin, stdout);
  const ended = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) stdin.once(event, () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  await server.connect(transport);
  try {
    await ended;
  } finally {
    await server.close();
  }
}
