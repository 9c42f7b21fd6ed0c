import { z } from 'zod';
import { durationMs } from '../../../../plan/duration';
import type { Json, JsonObject } from '../../../../plan/json';
import type { FieldChange } from '../../../../plan/step-io';
import type { ActionContext, ActionStep, ActionValidation } from '../../../contract';
import { checkedAddress } from './checked-address';
import { guardedRequest } from './guarded-request';
import { allowedHost, shownUrl } from './host-rule';
import { checkSchema } from './observe';
import {
  durationSchema,
  headersSchema,
  readSecretHeaders,
  secretHeadersSchema,
  statusesSchema,
  urlSchema,
} from './request-params';
import { statusError } from './request-errors';

const MAX_BODY = 32 * 1024;

const body = z
  .union([z.string(), z.record(z.string(), z.any()), z.array(z.any())])
  .refine((value) => Buffer.byteLength(text(value)) <= MAX_BODY, 'must be at most 32 KiB');

export const callSchema = z.strictObject({
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
  url: urlSchema.describe('Where to; its host must be allowed in kubernaut.yaml. Redirects are not followed.'),
  headers: headersSchema,
  secretHeaders: secretHeadersSchema,
  body: body.optional().describe('A text, or an object or list that is sent as JSON. At most 32 KiB.'),
  expectStatus: statusesSchema
    .default([200, 201, 202, 204])
    .describe('Statuses that mean success. Default 200, 201, 202, 204.'),
  timeout: durationSchema(10, 120_000).default('10s').describe('Of one request, 10ms to 2m. Default 10s.'),
});
export type WebhookCall = z.output<typeof callSchema>;

export const confirmSchema = checkSchema
  .optional()
  .describe(
    'How to see that it had its effect, as `http_check` takes it. Default: the receiver’s word is all there is.',
  );

export function callSummary({ method, url }: WebhookCall): string {
  return `${method} ${shownUrl(new URL(url))}`;
}

/** What an approver approves: the request, whole if it is short. Secrets are named, not shown. */
export function callChange(path: string, call: WebhookCall): FieldChange {
  const content = call.body === undefined ? undefined : text(call.body);
  const long = content !== undefined && content.length > 2048;
  const after: JsonObject = {
    request: `${call.method} ${call.url}`,
    ...(Object.keys(call.headers).length > 0 && { headers: call.headers }),
    ...(Object.keys(call.secretHeaders).length > 0 && { secretHeaders: Object.keys(call.secretHeaders) }),
    ...(call.body !== undefined && {
      body: long ? `${content.slice(0, 2048)}… (${content.length} characters)` : (call.body as Json),
    }),
  };
  return { path, after };
}

/** Everything about a call that can be known without making it. @throws {KubernautError} `PRECONDITION_FAILED` */
export async function checkCall(ctx: ActionContext, call: WebhookCall): Promise<void> {
  const url = new URL(call.url);
  const rule = allowedHost(ctx.settings.custom.http.hosts, url, call.method);
  await checkedAddress(url, rule.networks);
  await readSecretHeaders(ctx, rule, call.secretHeaders);
}

export interface CallResult {
  status: number;
  elapsedMs: number;
}

/**
 * Makes the call. The key tells the receiver that a repetition is one: it is sent as `Idempotency-Key`.
 *
 * @throws {KubernautError} see `guardedRequest` and `statusError`
 */
export async function makeCall(ctx: ActionContext, call: WebhookCall, key: string): Promise<CallResult> {
  const url = new URL(call.url);
  const rule = allowedHost(ctx.settings.custom.http.hosts, url, call.method);
  const answer = await guardedRequest({
    method: call.method,
    url,
    headers: {
      ...(call.body !== undefined && {
        'Content-Type': typeof call.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
      }),
      ...call.headers,
      ...(await readSecretHeaders(ctx, rule, call.secretHeaders)),
      'Idempotency-Key': key,
    },
    ...(call.body !== undefined && { body: text(call.body) }),
    rule,
    timeoutMs: durationMs(call.timeout),
    // The answer is not kept, so it need not be read to its end.
    maxBytes: 1024,
    signal: ctx.signal,
  });
  if (!call.expectStatus.includes(answer.status)) {
    throw statusError(callSummary(call), answer, call.expectStatus.join(' or '));
  }
  return { status: answer.status, elapsedMs: answer.elapsedMs };
}

export async function callValidation(
  ctx: ActionContext,
  { params }: ActionStep<WebhookCall>,
  more: FieldChange[] = [],
): Promise<ActionValidation<JsonObject>> {
  await checkCall(ctx, params);
  return {
    before: {},
    diff: [callChange('/request', params), ...more],
    warnings: [
      'after a lost answer the request is sent again, with the same Idempotency-Key; a receiver that ignores the key acts twice',
    ],
    summary: callSummary(params),
    noEffect: false,
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
