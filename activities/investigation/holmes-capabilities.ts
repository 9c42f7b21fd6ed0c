import { z } from 'zod';

/** What a server can do, whatever its version calls itself. */
export interface HolmesCapabilities {
  /** `POST /api/chat` holds the model to a `response_format`. */
  responseFormat: boolean;
  /** `POST /api/chat` can stream. */
  stream: boolean;
  /** The old `POST /api/investigate`, gone since 0.22. */
  investigate: boolean;
  /** `GET /api/info` tells the version. */
  info: boolean;
}

/** Where a server does not show its OpenAPI document: what every server since 0.22 can do. */
export const assumedCapabilities: HolmesCapabilities = {
  responseFormat: true,
  stream: true,
  investigate: false,
  info: false,
};

const openApi = z.looseObject({
  paths: z.record(z.string(), z.unknown()),
  components: z
    .looseObject({
      schemas: z.looseObject({
        ChatRequest: z.looseObject({ properties: z.record(z.string(), z.unknown()) }).optional(),
      }),
    })
    .optional(),
});

/** From `GET /openapi.json`; `undefined` when the document is none. Servers up to 0.18.4 silently ignore `response_format`. */
export function capabilitiesOf(document: unknown): HolmesCapabilities | undefined {
  const { data } = openApi.safeParse(document);
  if (data === undefined) return undefined;
  const { paths, components } = data;
  const chat = Object.hasOwn(paths, '/api/chat') ? (components?.schemas.ChatRequest?.properties ?? {}) : {};
  return {
    responseFormat: Object.hasOwn(chat, 'response_format'),
    stream: Object.hasOwn(chat, 'stream'),
    investigate: Object.hasOwn(paths, '/api/investigate'),
    info: Object.hasOwn(paths, '/api/info'),
  };
}
