import type { ChannelSettings } from '../../../../config/sections/custom/notifications';
import { KubernautError } from '../../../../plan/errors';
import { checkedAddress } from '../http/checked-address';
import { checkScheme } from '../http/host-rule';
import { operationKey } from '../http/operation-key';
import { callChannel, jsonObject, type ChannelType } from './channel';
import { origin } from './message';

/** Events API v2, `trigger`. Events of one `dedup_key` are one incident, so a repetition is none. */
export const pagerduty: ChannelType<Extract<ChannelSettings, { type: 'pagerduty' }>> = {
  repetition: 'recognized',
  async check(ctx, _name, channel) {
    await ctx.secrets.read(channel.routingKey);
    const url = new URL(channel.apiUrl);
    checkScheme(url, channel);
    await checkedAddress(url, channel.networks);
  },
  async deliver(ctx, name, channel, message) {
    // At most 255 characters.
    const key = operationKey(message.operationId, 255);
    const answer = await callChannel(ctx, name, channel, {
      url: new URL(`${channel.apiUrl.replace(/\/+$/, '')}/v2/enqueue`),
      accept: [202],
      body: {
        routing_key: await ctx.secrets.read(channel.routingKey),
        event_action: 'trigger',
        dedup_key: key,
        client: 'Kubernaut',
        payload: {
          summary: message.title,
          source: message.facts.find(([fact]) => fact === 'cluster')?.[1] ?? 'kubernaut',
          severity: message.severity,
          custom_details: { text: message.text, ...Object.fromEntries(message.facts), origin: origin(message) },
        },
        ...(message.link !== undefined && { links: [{ href: message.link, text: 'Open' }] }),
      },
    });
    if (jsonObject(answer.body)['dedup_key'] !== key) {
      throw new KubernautError('UNAVAILABLE', `channel ${name} (pagerduty): the answer does not name our dedup_key`, {
        remedy: 'Is apiUrl that of the Events API v2? The engine tries again, which PagerDuty recognizes.',
      });
    }
    return { repetition: 'recognized', receipt: key };
  },
};
