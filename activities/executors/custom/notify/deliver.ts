import type { ChannelSettings } from '../../../../config/sections/custom/notifications';
import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';
import type { ChannelType, Delivery, Repetition } from './channel';
import { email } from './email';
import type { Message } from './message';
import { pagerduty } from './pagerduty';
import { slack, slackWebhook } from './slack';
import { teams } from './teams';
import { webhookChannel } from './webhook-channel';

const TYPES: { [T in ChannelSettings['type']]: ChannelType<Extract<ChannelSettings, { type: T }>> } = {
  'slack-webhook': slackWebhook,
  slack,
  teams,
  pagerduty,
  email,
  webhook: webhookChannel,
};

const ORDER: Record<Repetition, number> = { recognized: 0, marked: 1, unrecognized: 2 };
const ATTEMPTS = 3;
const FIRST_WAIT_MS = 500;

/**
 * Channels that recognize a repetition first, those that do not last: when one fails and the engine tries the step again, as
 * few as possible are told twice.
 */
export function inDeliveryOrder(names: readonly string[], channels: Record<string, ChannelSettings>): string[] {
  const rank = (name: string) => ORDER[TYPES[channels[name]!.type].repetition];
  return [...names].sort((a, b) => rank(a) - rank(b));
}

export function repetitionOf(channel: ChannelSettings): Repetition {
  return TYPES[channel.type].repetition;
}

/** @throws {KubernautError} `PRECONDITION_FAILED` */
export function checkChannel(ctx: ActionContext, name: string, channel: ChannelSettings): Promise<void> {
  return typeOf(channel).check(ctx, name, channel);
}

/** Tells one receiver; what may pass is tried up to three times, within the step's deadline. */
export async function deliver(
  ctx: ActionContext,
  name: string,
  channel: ChannelSettings,
  message: Message,
): Promise<Delivery> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await typeOf(channel).deliver(ctx, name, channel, message);
    } catch (error) {
      if (!(error instanceof KubernautError) || !error.retryable || attempt === ATTEMPTS) throw error;
      const wait = error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1);
      if (ctx.clock.now() + wait >= ctx.deadline) throw error;
      ctx.progress(`${error.message}; next try in ${wait} ms`);
      await ctx.clock.sleep(wait, ctx.signal);
    }
  }
}

function typeOf(channel: ChannelSettings): ChannelType<ChannelSettings> {
  return TYPES[channel.type] as unknown as ChannelType<ChannelSettings>;
}
