import { z } from 'zod';
import { secretRefSchema } from '../secret-ref';
import { networkSchema } from './custom/http-hosts';

const user = z.strictObject({
  id: z
    .string()
    .regex(/^[UW][A-Z0-9]{2,30}$/, 'must be the id of a Slack user, such as U012AB3CD (not the name)')
    .describe('Of the Slack user: profile, “Copy member ID”. Names can be changed by their owners; ids cannot.'),
  name: z
    .string()
    .regex(/^[\w.@+-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ @ + -')
    .describe('Who that is, in the audit and as the one who decided.'),
  groups: z.array(z.string().min(1).max(200)).max(100).default([]).describe('Groups of this person. Default none.'),
});

/** `bridge.slack`: who may decide by the buttons of a Slack message. */
export const slackSchema = z
  .strictObject({
    signingSecret: secretRefSchema.describe('Signing Secret of the Slack app (Basic Information).'),
    team: z
      .string()
      .regex(/^[TE][A-Z0-9]{2,30}$/, 'must be the id of a workspace, such as T012AB3CD')
      .optional()
      .describe('Only clicks of this workspace count. Default: of any in which the app is installed.'),
    users: z.array(user).min(1).max(1000).describe('People who may approve and reject by a click; nobody else.'),
    responseUrl: z
      .url({ protocol: /^https?$/ })
      .default('https://hooks.slack.com/')
      .describe('Messages are updated only at addresses of this origin. Default `https://hooks.slack.com/`.'),
    networks: z
      .array(networkSchema)
      .default([])
      .describe('Addresses outside the public Internet at which that may be, for a proxy. Default none.'),
    plainHttp: z.boolean().default(false).describe('Allow `http://` for it. Default false.'),
  })
  .superRefine(({ users }, context) => {
    users.forEach(({ id }, index) => {
      if (users.findIndex((other) => other.id === id) < index) {
        context.addIssue({ code: 'custom', path: ['users', index, 'id'], message: `${id} is there twice` });
      }
    });
  })
  .describe(
    'Approve and reject by the buttons of a Slack message (`POST /api/v1/slack/interactions`). Default: nobody can.',
  );
export type SlackSettings = z.output<typeof slackSchema>;
