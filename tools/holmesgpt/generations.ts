/** Kinds of servers, by the version from which on they are so. */
export type HolmesGeneration = '0.18.0' | '0.18.5' | '0.22' | '0.27';

/** As much of the server's OpenAPI document as tells the kinds apart. */
export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, object>;
  components: { schemas: { ChatRequest: { type: 'object'; properties: Record<string, object> } } };
}

export function openApiOf(generation: HolmesGeneration): OpenApiDocument {
  const old = generation === '0.18.0' || generation === '0.18.5';
  const paths = [
    ...['/api/chat', '/api/model', '/healthz', '/readyz'],
    ...(old ? ['/api/investigate', '/api/stream/investigate', '/api/issue_chat'] : []),
    ...(generation === '0.27' ? ['/api/info'] : []),
  ];
  const fields = [
    ...['ask', 'conversation_history', 'model', 'stream'],
    ...(generation === '0.18.0' ? [] : ['response_format', 'additional_system_prompt']),
    ...(generation === '0.27' ? ['conversation_id', 'request_source', 'source_ref', 'meta'] : []),
  ];
  const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));
  return {
    openapi: '3.1.0',
    paths: named(paths),
    components: { schemas: { ChatRequest: { type: 'object', properties: named(fields) } } },
  };
}
