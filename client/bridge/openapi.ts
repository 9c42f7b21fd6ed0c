import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { version } from '../../package.json';
import { planJsonSchema } from '../../plan/schema';

/** The OpenAPI 3.1 document, made from the schemas that the routes check with: it cannot say anything else. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Kubernaut bridge',
        version,
        description:
          'Alerts, plans and decisions over HTTP. Errors are problems of RFC 9457 with a stable `code` and a `remedy`. ' +
          'Ids of workflows hold slashes: URL-encode them.',
      },
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'A token of the settings, of the OpenID Connect issuer, or of a ServiceAccount.',
          },
          signature: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Kubernaut-Signature',
            description: 'HMAC-SHA256 with X-Kubernaut-Sender and X-Kubernaut-Timestamp; see docs/bridge.md.',
          },
          slack: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Slack-Signature',
            description: 'As Slack signs, with X-Slack-Request-Timestamp and the Signing Secret of the app.',
          },
        },
      },
      security: [{ bearer: [] }, { signature: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (input) => {
      const document = jsonSchemaTransformObject(input) as {
        components?: { schemas?: Record<string, unknown> };
      };
      // Plans are checked by their own language, and this is its published schema.
      const schemas = document.components?.schemas ?? {};
      schemas['RemediationPlanInput'] = planJsonSchema();
      // The same for answers, of which none holds a plan; its $id must not be there twice.
      delete schemas['RemediationPlan'];
      return document as ReturnType<typeof jsonSchemaTransformObject>;
    },
  });
}
