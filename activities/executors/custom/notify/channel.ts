import type { ChannelSettings, HttpChannelSettings } from '../../../../config/sections/custom/notifications';
import type { SecretRef } from '../../../../config/secret-ref';
import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';
import { guardedRequest, type Answer } from '../http/guarded-request';
import { statusError } from '../http/request-errors';
import type { Message } from './message';

/**
 * What a receiver does with a repetition: `recognized` as one and shown once · `marked` so that the receiver can tell (a
 * mail's Message-ID, an Idempotency-Key), which not every one does · `unrecognized`: shown again.
 */
export type Repetition = 'recognized' | 'marked' | 'unrecognized';

export interface Delivery {
  repetition: Repetition;
  /** The receiver's own name for it. */
  receipt?: string;
  /** An earlier attempt had delivered it; nothing was sent now. */
  alreadyThere?: boolean;
  /** Recipients that the receiver would not take. */
  refused?: string[];
}

/** How one type of channel is served. */
export interface ChannelType<C extends ChannelSettings> {
  repetition: Repetition;
  /** Reads the secrets and checks all that can be checked without telling anybody. @throws {KubernautError} `PRECONDITION_FAILED` */
  check(ctx: ActionContext, name: string, channel: C): Promise<void>;
  /** @throws {KubernautError} of the catalogue; never with a secret, an address of a secret kind or a body in it */
  deliver(ctx: ActionContext, name: string, channel: C, message: Message): Promise<Delivery>;
}

/** The URL that is a secret. @throws {KubernautError} `PRECONDITION_FAILED`, not telling what stands there instead */
export async function secretUrl(ctx: ActionContext, name: string, ref: SecretRef): Promise<URL> {
  const text = (await ctx.secrets.read(ref)).trim();
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new KubernautError('PRECONDITION_FAILED', `the secret with the URL of channel ${name} is no http(s) URL`);
}

const TIMEOUT_MS = 10_000;

/** One guarded call to a receiver; the errors name the channel instead of its URL. */
export async function callChannel(
  ctx: ActionContext,
  name: string,
  channel: HttpChannelSettings,
  call: {
    url: URL;
    method?: 'GET' | 'POST';
    headers?: Record<string, string>;
    body?: object;
    accept?: readonly number[];
  },
): Promise<Answer> {
  const what = `channel ${name} (${channel.type})`;
  const { url, method = 'POST', headers, body, accept = [200, 201, 202, 204] } = call;
  const answer = await guardedRequest({
    method,
    url,
    what,
    headers: { ...(body && { 'Content-Type': 'application/json; charset=utf-8' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
    rule: channel,
    timeoutMs: Math.min(TIMEOUT_MS, ctx.deadline - ctx.clock.now()),
    maxBytes: 256 * 1024,
    signal: ctx.signal,
  });
  if (!accept.includes(answer.status)) throw statusError(what, answer, accept.join(' or '));
  return answer;
}

/** `text` as an object, or an empty one. */
export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** An error code of a receiver, if it looks like one: `channel_not_found`. Anything else may hold anything. */
export function receiverCode(value: unknown): string {
  return typeof value === 'string' && /^[a-z_]{1,64}$/.test(value) ? value : 'an error';
}
