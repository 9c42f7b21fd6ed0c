import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** The SDK's own client, with answers read as JSON. */
export interface McpAgent {
  client: Client;
  names(): Promise<string[]>;
  /** `failed`: the tool says that it did not work. */
  call(name: string, args?: Record<string, unknown>): Promise<{ failed: boolean; answer: McpAnswer; text: string }>;
}

// eslint-disable-next-line typescript/no-explicit-any -- Tests look into it as into any JSON.
export type McpAnswer = any;

export async function connectAgent(transport: Transport): Promise<McpAgent> {
  const client = new Client({ name: 'a test', version: '1' });
  await client.connect(transport);
  return {
    client,
    names: async () => (await client.listTools()).tools.map(({ name }) => name).sort(),
    async call(name, args = {}) {
      const { content, isError = false } = await client.callTool({ name, arguments: args });
      const [{ text }] = content as [{ text: string }];
      return { failed: isError === true, answer: JSON.parse(text), text };
    },
  };
}

export function connectAgentOverHttp(url: string, token: string): Promise<McpAgent> {
  const headers = { authorization: `Bearer ${token}` };
  return connectAgent(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }));
}
