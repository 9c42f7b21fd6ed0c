import { KubernautError } from '../../../plan/errors';
import type { DecisionRef } from '../../../plan/decision/slack-buttons';
import type { Json } from '../../../plan/json';
import { defineAction, type ActionContext, type ActionStep } from '../../contract';
import type { Delivery } from './notify/channel';
import { checkChannel, deliver, inDeliveryOrder, repetitionOf } from './notify/deliver';
import { messageOf, notificationParams, type NotificationParams } from './notify/message';
import { routedChannels } from './notify/route';

/**
 * The channels that were approved; a later change of the routes tells nobody else. `decision`: the engine itself tells of what
 * waits for one. No plan can say so, or its words would stand above buttons that approve something else.
 */
type Before = { channels: string[]; decision?: DecisionRef };

/**
 * Tells people. Delivered means: the receiver took it (its own words are the evidence); that somebody read it is not known.
 * Each receiver gets it once per operation id as far as it can recognize that, see `Repetition`; `effect.data.deliveries`
 * says for each how far that is.
 */
export const notification = defineAction<NotificationParams, Before>({
  name: 'notification',
  executor: 'custom',
  description: 'Tells people through a channel of kubernaut.yaml: Slack, Teams, PagerDuty, e-mail or a webhook.',
  whenToUse: 'To call somebody, or to let people know how far a plan is.',
  whenNotToUse: 'To change anything in another system (`webhook`), or to leave a mark for machines (`log`).',
  risk: 'low',
  reversibility: 'irreversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: false,
  targetKinds: [],
  permissions: [],
  params: notificationParams,
  examples: [
    {
      title: 'Let the routes decide who is told',
      params: {
        severity: 'warning',
        title: 'shop/web was rolled back',
        text: 'Revision 12 crashed; revision 11 serves again.',
        fields: { revision: 11 },
        namespace: 'shop',
      },
    },
    {
      title: 'Call the person on call',
      params: { channel: 'oncall', severity: 'critical', title: 'shop/web is down' },
    },
  ],

  async validate(ctx, step) {
    const { channels } = ctx.settings.custom.notifications;
    const names = chosen(ctx, step);
    for (const name of names) await checkChannel(ctx, name, channels[name]!);
    const blind = names.filter((name) => repetitionOf(channels[name]!) === 'unrecognized');
    const { severity, title } = step.params;
    return {
      before: { channels: names },
      diff: names.map((name) => ({ path: `/notifications/${name}`, after: `${severity}: ${title}` })),
      warnings: blind.map(
        (name) =>
          `${name} (${channels[name]!.type}) cannot recognize a repetition: after a lost answer it is told again`,
      ),
      summary: `notify ${names.join(', ')}: ${title}`,
      noEffect: false,
    };
  },

  async execute(ctx, step, { before }) {
    const { channels } = ctx.settings.custom.notifications;
    const message = messageOf(ctx, step, before.decision);
    const deliveries: Array<{ channel: string; type: string } & Delivery> = [];
    for (const name of before.channels) {
      const channel = channels[name];
      if (channel === undefined) throw unknownChannel(name, Object.keys(channels));
      ctx.progress(`notifying ${name}`);
      deliveries.push({ channel: name, type: channel.type, ...(await deliver(ctx, name, channel, message)) });
    }
    const blind = deliveries.filter(({ repetition }) => repetition === 'unrecognized').map(({ channel }) => channel);
    const note = blind.length === 0 ? '' : ` (at least once: ${blind.join(', ')} cannot recognize a repetition)`;
    return {
      changed: deliveries.some(({ alreadyThere }) => alreadyThere !== true),
      summary: `notified ${before.channels.join(', ')}${note}`,
      data: { deliveries: deliveries as unknown as Json, operationId: ctx.operationId },
      irreversible: before.channels.map((name) => `${name} was notified`),
    };
  },

  async verify(_ctx, _step, { before }, effect) {
    const deliveries = (effect.data['deliveries'] ?? []) as unknown as Array<{ channel: string } & Delivery>;
    const missing = before.channels.filter((name) => !deliveries.some(({ channel }) => channel === name));
    const refused = deliveries.flatMap(({ channel, refused = [] }) =>
      refused.map((address) => `${address} (${channel})`),
    );
    const data = { readBack: false, channels: before.channels };
    if (missing.length > 0) return { verified: false, summary: `not told: ${missing.join(', ')}`, data };
    if (refused.length > 0) return { verified: false, summary: `recipients were refused: ${refused.join(', ')}`, data };
    return {
      verified: true,
      summary: `taken by ${before.channels.join(', ')}; whether it was read is not known`,
      data,
    };
  },
});

/** @throws {KubernautError} `PRECONDITION_FAILED` when there is nobody to tell */
function chosen(ctx: ActionContext, { params, cluster }: ActionStep<NotificationParams>): string[] {
  const settings = ctx.settings.custom.notifications;
  const { channel, severity, namespace } = params;
  if (channel !== undefined) {
    if (!Object.hasOwn(settings.channels, channel)) throw unknownChannel(channel, Object.keys(settings.channels));
    return [channel];
  }
  const names = routedChannels(settings, { severity, cluster, ...(namespace !== undefined && { namespace }) });
  if (names.length === 0) {
    throw new KubernautError(
      'PRECONDITION_FAILED',
      `no route of kubernaut.yaml says who is told of severity ${severity}`,
      {
        remedy: 'Name a channel in the step, or add a route or a fallback to actions.custom.notifications.',
      },
    );
  }
  return inDeliveryOrder(names, settings.channels);
}

function unknownChannel(name: string, known: string[]): KubernautError {
  return new KubernautError(
    'PRECONDITION_FAILED',
    `there is no channel ${name} (there are: ${known.join(', ') || 'none'})`,
    {
      remedy: 'Correct the step, or add the channel to actions.custom.notifications in kubernaut.yaml.',
    },
  );
}
