import type { ChannelSettings } from '../../../../config/sections/custom/notifications';
import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';
import { checkedAddress } from '../http/checked-address';
import { checkScheme } from '../http/host-rule';
import { headerValue } from '../http/request-params';
import { callChannel, jsonObject, receiverCode, secretUrl, type ChannelType } from './channel';
import { slackMessage } from './slack-message';

type SlackWebhook = Extract<ChannelSettings, { type: 'slack-webhook' }>;
type Slack = Extract<ChannelSettings, { type: 'slack' }>;

/** Incoming webhook: answers `ok`, and shows whatever it is sent, as often as it is sent. */
export const slackWebhook: ChannelType<SlackWebhook> = {
  repetition: 'unrecognized',
  async check(ctx, name, channel) {
    const url = await secretUrl(ctx, name, channel.url);
    checkScheme(url, channel);
    await checkedAddress(url, channel.networks);
  },
  async deliver(ctx, name, channel, message) {
    await callChannel(ctx, name, channel, {
      url: await secretUrl(ctx, name, channel.url),
      body: slackMessage(message),
      accept: [200],
    });
    return { repetition: 'unrecognized' };
  },
};

const EVENT = 'kubernaut_operation';

/**
 * Web API, `chat.postMessage`. It has no key against repetitions, so the operation id goes along as message metadata, and
 * the channel's latest messages are looked through before posting. Without the right to read them a repetition is shown.
 */
export const slack: ChannelType<Slack> = {
  repetition: 'recognized',
  async check(ctx, name, channel) {
    await bearer(ctx, channel, name);
    const url = new URL(channel.apiUrl);
    checkScheme(url, channel);
    await checkedAddress(url, channel.networks);
  },
  async deliver(ctx, name, channel, message) {
    const headers = await bearer(ctx, channel, name);
    const seen = await findPosted(ctx, name, channel, headers, message.operationId);
    if (typeof seen === 'string') return { repetition: 'recognized', receipt: seen, alreadyThere: true };
    const answer = await callChannel(ctx, name, channel, {
      url: method(channel, 'chat.postMessage'),
      headers,
      accept: [200],
      body: {
        channel: channel.channel,
        ...slackMessage(message, { buttons: channel.buttons }),
        unfurl_links: false,
        metadata: { event_type: EVENT, event_payload: { operation_id: message.operationId } },
      },
    });
    const { ok, ts, error } = jsonObject(answer.body);
    if (ok !== true) throw slackError(name, error);
    return { repetition: seen ? 'recognized' : 'unrecognized', ...(typeof ts === 'string' && { receipt: ts }) };
  },
};

/** The message's `ts`; `true`: the channel could be read, and it is not there; `false`: it may not be read. */
async function findPosted(
  ctx: ActionContext,
  name: string,
  channel: Slack,
  headers: Record<string, string>,
  operationId: string,
): Promise<string | boolean> {
  const url = method(channel, 'conversations.history');
  url.search = new URLSearchParams({ channel: channel.channel, limit: '100', include_all_metadata: 'true' }).toString();
  const answer = await callChannel(ctx, name, channel, { url, method: 'GET', headers, accept: [200] });
  const { ok, messages } = jsonObject(answer.body);
  if (ok !== true || !Array.isArray(messages)) return false;
  const posted = (messages as SlackPosted[]).find(
    ({ metadata }) => metadata?.event_type === EVENT && metadata.event_payload?.operation_id === operationId,
  );
  return posted?.ts ?? true;
}

interface SlackPosted {
  ts?: string;
  metadata?: { event_type?: string; event_payload?: { operation_id?: string } };
}

async function bearer(ctx: ActionContext, channel: Slack, name: string): Promise<Record<string, string>> {
  return {
    Authorization: `Bearer ${headerValue(await ctx.secrets.read(channel.token), `the token of channel ${name}`)}`,
  };
}

function method({ apiUrl }: Slack, name: string): URL {
  return new URL(`${apiUrl.replace(/\/+$/, '')}/${name}`);
}

/** Slack says what went wrong with status 200. */
function slackError(name: string, error: unknown): KubernautError {
  const code = receiverCode(error);
  const message = `channel ${name} (slack): refused with ${code}`;
  if (['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'ratelimited'].includes(code)) {
    return new KubernautError('UNAVAILABLE', message, { remedy: 'Slack fails; the engine tries again.' });
  }
  return new KubernautError('REJECTED_BY_SERVER', message, {
    remedy: 'See the error’s name in Slack’s documentation of chat.postMessage.',
  });
}
