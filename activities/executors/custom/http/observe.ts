import { z } from 'zod';
import { evaluateCel } from '../../../../plan/cel';
import { durationMs } from '../../../../plan/duration';
import { KubernautError } from '../../../../plan/errors';
import type { Json, JsonObject } from '../../../../plan/json';
import type { Evidence } from '../../../../plan/step-io';
import type { ActionContext } from '../../../contract';
import { guardedRequest, type Answer } from './guarded-request';
import { allowedHost, shownUrl } from './host-rule';
import {
  celSchema,
  durationSchema,
  headersSchema,
  readSecretHeaders,
  secretHeadersSchema,
  statusesSchema,
  urlSchema,
} from './request-params';

export const checkSchema = z.strictObject({
  url: urlSchema.describe('What is asked; its host must be allowed in kubernaut.yaml.'),
  method: z.enum(['GET', 'HEAD']).default('GET'),
  headers: headersSchema,
  secretHeaders: secretHeadersSchema,
  expectStatus: statusesSchema.default([200]).describe('Statuses that are right. Default 200 only.'),
  expect: celSchema
    .optional()
    .describe(
      'CEL over `status`, `headers` (lower case names), `body` and `json` that must be true: `json.ready >= 3`.',
    ),
  timeout: durationSchema(10, 60_000).default('10s').describe('Of one request, 10ms to 60s. Default 10s.'),
  within: durationSchema(0, 3_600_000)
    .default('0s')
    .describe('How long to ask again until it is right, up to 1h. Default 0s: one reading.'),
  every: durationSchema(100, 300_000).default('5s').describe('Between two readings, 100ms to 5m. Default 5s.'),
  redirects: z
    .int()
    .min(0)
    .max(5)
    .default(0)
    .describe('Redirects to follow, each checked like the first address. Default 0.'),
});
export type Check = z.output<typeof checkSchema>;

/** One reading. Nothing of the answer's body is in it. */
export interface Reading {
  holds: boolean;
  /** A sentence. */
  summary: string;
  /** Absent: there was no answer. */
  status?: number;
  elapsedMs?: number;
}

/** Longest body that is judged; a condition over the body of a longer one does not hold. */
const MAX_BODY = 256 * 1024;

/**
 * Asks once. That nobody answers is a reading too; that the place may not be asked is an error.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` for a host, address, port or secret that is not allowed, at any redirect
 */
export async function observe(ctx: ActionContext, check: Check): Promise<Reading> {
  const what = `${check.method} ${shownUrl(new URL(check.url))}`;
  let answer: Answer;
  try {
    answer = await follow(ctx, check);
  } catch (error) {
    if (error instanceof KubernautError && error.code === 'UNAVAILABLE')
      return { holds: false, summary: error.message };
    throw error;
  }
  const { status, elapsedMs } = answer;
  const wrong = judge(check, answer);
  return { holds: wrong === undefined, summary: `${what}: ${wrong ?? `${status}, as expected`}`, status, elapsedMs };
}

/** Reads until it is right, the check's `within` is over, or the step ends. */
export async function observeUntil(ctx: ActionContext, check: Check, first?: Reading): Promise<Evidence> {
  const end = Math.min(ctx.clock.now() + durationMs(check.within), ctx.deadline);
  let reading = first ?? (await observe(ctx, check));
  let readings = 1;
  while (!reading.holds && ctx.clock.now() + durationMs(check.every) <= end) {
    ctx.progress(reading.summary);
    await ctx.clock.sleep(durationMs(check.every), ctx.signal);
    reading = await observe(ctx, check);
    readings++;
  }
  return { verified: reading.holds, summary: reading.summary, data: { ...readingData(reading), readings } };
}

export function readingData({ holds, status, elapsedMs }: Reading): JsonObject {
  return { holds, ...(status !== undefined && { status }), ...(elapsedMs !== undefined && { elapsedMs }) };
}

async function follow(ctx: ActionContext, check: Check): Promise<Answer> {
  const first = new URL(check.url);
  const timeoutMs = durationMs(check.timeout);
  let url = first;
  for (let hop = 0; ; hop++) {
    const rule = allowedHost(ctx.settings.custom.http.hosts, url, check.method);
    // A secret belongs to the host it was given for; a redirect must not carry it elsewhere.
    const secrets = url.origin === first.origin ? await readSecretHeaders(ctx, rule, check.secretHeaders) : {};
    const headers = { ...check.headers, ...secrets };
    const answer = await guardedRequest({
      method: check.method,
      url,
      headers,
      rule,
      timeoutMs,
      maxBytes: MAX_BODY,
      signal: ctx.signal,
    });
    const location = answer.headers['location'];
    if (hop >= check.redirects || location === undefined || answer.status < 300 || answer.status >= 400) return answer;
    if (!URL.canParse(location, url.href)) return answer;
    url = new URL(location, url);
  }
}

/** Why the answer is not the right one; `undefined` when it is. */
function judge({ expectStatus, expect }: Check, answer: Answer): string | undefined {
  const { status, body } = answer;
  if (!expectStatus.includes(status)) return `answered ${status}, expected ${expectStatus.join(' or ')}`;
  if (expect === undefined) return undefined;
  if (answer.truncated) return `answered ${status} with more than ${MAX_BODY / 1024} KiB, which is not judged`;
  const json = parseJson(body);
  const variables: JsonObject = { status, body, headers: { ...answer.headers }, ...(json !== undefined && { json }) };
  try {
    const holds = evaluateCel(expect, variables);
    return holds === true ? undefined : `answered ${status}, but \`${expect}\` does not hold`;
  } catch {
    // The library's message could quote the answer.
    return `answered ${status}, but \`${expect}\` cannot be evaluated over it${json === undefined ? ' (it is no JSON)' : ''}`;
  }
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
