import { z } from 'zod';
import { secretRefSchema } from '../../secret-ref';
import { networkSchema } from './http-hosts';

export const severities = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

const id = z.string().regex(/^[a-z0-9][-a-z0-9]{0,62}$/, 'must be lower case letters, digits and -');
const address = z
  .string()
  .max(320)
  .regex(/^[^\s<>,;@]+@[^\s<>,;@]+$/, 'must be a plain address: sre@example.com');

/** How the receiver is reached, for those that are called by HTTP. */
const http = {
  networks: z
    .array(networkSchema)
    .default([])
    .describe('Addresses outside the public Internet at which the receiver may be. Default none.'),
  plainHttp: z.boolean().default(false).describe('Allow `http://`. Default false.'),
};
const apiUrl = (url: string) =>
  z
    .url({ protocol: /^https?$/ })
    .default(url)
    .describe(`Base of the API. Default \`${url}\`; another one for a proxy.`);

const slackWebhook = z.strictObject({
  type: z.literal('slack-webhook'),
  url: secretRefSchema.describe(
    'The incoming webhook’s URL, which is a secret itself. It cannot recognize a repetition.',
  ),
  ...http,
});
const slack = z.strictObject({
  type: z.literal('slack'),
  token: secretRefSchema.describe(
    'Bot token with `chat:write`; with `channels:history` too, repetitions are recognized.',
  ),
  channel: z.string().min(1).max(80).describe('Channel id, `C0123456789`.'),
  buttons: z
    .boolean()
    .default(false)
    .describe(
      'What is told of an approval can be approved and rejected by a click; needs `bridge.slack`. Default false.',
    ),
  apiUrl: apiUrl('https://slack.com/api'),
  ...http,
});
const teams = z.strictObject({
  type: z.literal('teams'),
  url: secretRefSchema.describe('URL of the Teams workflow “post to a channel when a webhook request is received”.'),
  ...http,
});
const pagerduty = z.strictObject({
  type: z.literal('pagerduty'),
  routingKey: secretRefSchema.describe('Integration key of an Events API v2 integration.'),
  apiUrl: apiUrl('https://events.pagerduty.com'),
  ...http,
});
const webhook = z.strictObject({
  type: z.literal('webhook'),
  url: secretRefSchema.describe('URL to which the notification is posted as JSON, with an `Idempotency-Key`.'),
  authorization: secretRefSchema.optional().describe('Value of the `Authorization` header. Default: none is sent.'),
  ...http,
});
const email = z.strictObject({
  type: z.literal('email'),
  host: z.string().min(1).describe('SMTP server.'),
  port: z.int().min(1).max(65535).default(587).describe('Default 587.'),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .default('starttls')
    .describe('`starttls`: required after the greeting; `implicit`: from the start (port 465); `none`: in the clear.'),
  username: z.string().min(1).optional(),
  password: secretRefSchema.optional().describe('Needs `username`.'),
  from: address,
  to: z.array(address).min(1).max(50),
});

export const channelSchema = z
  .discriminatedUnion('type', [slackWebhook, slack, teams, pagerduty, email, webhook])
  .refine(
    (channel) => channel.type !== 'email' || (channel.username === undefined) === (channel.password === undefined),
    {
      message: 'username and password belong together',
    },
  );
export type ChannelSettings = z.output<typeof channelSchema>;
export type HttpChannelSettings = Exclude<ChannelSettings, { type: 'email' }>;
export type EmailChannelSettings = Extract<ChannelSettings, { type: 'email' }>;

const route = z.strictObject({
  severities: z.array(z.enum(severities)).min(1).optional().describe('Default: any.'),
  namespaces: z
    .array(z.string().regex(/^[a-z0-9*]([-a-z0-9*]{0,62})$/, 'must be a namespace, with * for any characters'))
    .min(1)
    .optional()
    .describe('Names, with `*` for any characters. Default: any, also none.'),
  clusters: z.array(z.string().min(1)).min(1).optional().describe('Default: any.'),
  channels: z.array(id).min(1),
  continue: z
    .boolean()
    .default(false)
    .describe('Look at the routes after this one too. Default false: the first match decides.'),
});
export type RouteSettings = z.output<typeof route>;

/** `actions.custom.notifications`: who can be told, and who is told when a step names nobody. */
export const notificationsSchema = z
  .strictObject({
    channels: z.record(id, channelSchema).default({}).describe('Receivers, by the name that plans call them by.'),
    routes: z
      .array(route)
      .default([])
      .describe('Who is told when a step names no channel; looked at in this order, as Alertmanager does.'),
    fallback: z.array(id).default([]).describe('Channels when no route matches. Default none: the step is refused.'),
  })
  .superRefine(({ channels, routes, fallback }, context) => {
    const check = (names: string[], path: Array<string | number>) =>
      names.forEach((name, index) => {
        if (!Object.hasOwn(channels, name)) {
          context.addIssue({ code: 'custom', path: [...path, index], message: `there is no channel ${name}` });
        }
      });
    routes.forEach((each, index) => check(each.channels, ['routes', index, 'channels']));
    check(fallback, ['fallback']);
  });
export type NotificationSettings = z.output<typeof notificationsSchema>;
