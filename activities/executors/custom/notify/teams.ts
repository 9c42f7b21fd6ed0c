import type { ChannelSettings } from '../../../../config/sections/custom/notifications';
import { KubernautError } from '../../../../plan/errors';
import { checkedAddress } from '../http/checked-address';
import { checkScheme } from '../http/host-rule';
import { callChannel, secretUrl, type ChannelType } from './channel';
import { origin, type Message } from './message';

const COLOR = { info: 'Accent', warning: 'Warning', error: 'Attention', critical: 'Attention' } as const;

/** A workflow of Teams that posts an adaptive card. It shows whatever it is sent, as often as it is sent. */
export const teams: ChannelType<Extract<ChannelSettings, { type: 'teams' }>> = {
  repetition: 'unrecognized',
  async check(ctx, name, channel) {
    const url = await secretUrl(ctx, name, channel.url);
    checkScheme(url, channel);
    await checkedAddress(url, channel.networks);
  },
  async deliver(ctx, name, channel, message) {
    const url = await secretUrl(ctx, name, channel.url);
    const { body } = await callChannel(ctx, name, channel, { url, body: card(message), accept: [200, 202] });
    // The older connectors answer 200 and say in the text that the delivery failed.
    if (/failed|error/i.test(body)) {
      throw new KubernautError('UNAVAILABLE', `channel ${name} (teams): answered that the delivery failed`, {
        remedy: 'See the runs of the workflow in Teams; the engine tries again.',
      });
    }
    return { repetition: 'unrecognized' };
  },
};

function card(message: Message): object {
  const { severity, title, text, facts, link } = message;
  const block = (content: string, more: object = {}) => ({ type: 'TextBlock', text: content, wrap: true, ...more });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      block(plain(`${severity.toUpperCase()}: ${title}`), { weight: 'Bolder', size: 'Medium', color: COLOR[severity] }),
      ...(text === '' ? [] : [block(plain(text))]),
      { type: 'FactSet', facts: facts.map(([name, value]) => ({ title: plain(name), value: plain(value) })) },
      block(plain(origin(message)), { isSubtle: true, size: 'Small' }),
    ],
    ...(link !== undefined && { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: link }] }),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** Cards render Markdown; a link in an alert's text must not become one that says something else than where it leads. */
function plain(text: string): string {
  return text.replace(/[[\]()*_`\\]/g, '\\$&');
}
