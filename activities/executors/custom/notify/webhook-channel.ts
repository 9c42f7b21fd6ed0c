import type { ChannelSettings } from '../../../../config/sections/custom/notifications';
import type { ActionContext } from '../../../contract';
import { checkedAddress } from '../http/checked-address';
import { checkScheme } from '../http/host-rule';
import { operationKey } from '../http/operation-key';
import { headerValue } from '../http/request-params';
import { callChannel, secretUrl, type ChannelType } from './channel';

type WebhookChannel = Extract<ChannelSettings, { type: 'webhook' }>;

/** Any other receiver: the notification as JSON, with an `Idempotency-Key` that it may heed. */
export const webhookChannel: ChannelType<WebhookChannel> = {
  repetition: 'marked',
  async check(ctx, name, channel) {
    const url = await secretUrl(ctx, name, channel.url);
    checkScheme(url, channel);
    await checkedAddress(url, channel.networks);
    await authorization(ctx, name, channel);
  },
  async deliver(ctx, name, channel, message) {
    const { facts, ...rest } = message;
    const key = operationKey(message.operationId);
    await callChannel(ctx, name, channel, {
      url: await secretUrl(ctx, name, channel.url),
      headers: { ...(await authorization(ctx, name, channel)), 'Idempotency-Key': key },
      body: { ...rest, fields: Object.fromEntries(facts) },
    });
    return { repetition: 'marked', receipt: key };
  },
};

async function authorization(
  ctx: ActionContext,
  name: string,
  channel: WebhookChannel,
): Promise<Record<string, string>> {
  if (channel.authorization === undefined) return {};
  const value = await ctx.secrets.read(channel.authorization);
  return { Authorization: headerValue(value, `the authorization of channel ${name}`) };
}
