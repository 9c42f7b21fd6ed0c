import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { escapeSlack } from '../../../plan/slack-text';
import { ClientError, ClientErrorKind } from '../../errors';
import type { BridgeContext } from '../bridge-context';
import type { Identity } from '../identity';
import { HttpProblem, toProblem } from '../problem';
import { readClick, type SlackClick } from '../slack/interaction';
import { problems } from './responses';

const form = z
  .object({
    payload: z
      .string()
      .max(256 * 1024)
      .describe('JSON of type `block_actions`, as Slack posts it.'),
  })
  .meta({ contentMediaType: 'application/x-www-form-urlencoded' });

/** Refusals of the remediation itself; they are in its audit, and the click has been dealt with. */
const answered: ReadonlySet<ClientErrorKind> = new Set([
  ClientErrorKind.refused,
  ClientErrorKind.ended,
  ClientErrorKind.notFound,
  ClientErrorKind.conflict,
]);

/** Clicks on the buttons of Slack messages: decisions of the persons that the settings map Slack users to. */
export function slackRoutes(app: FastifyInstance, context: BridgeContext): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) =>
      done(null, { payload: String(text) }),
    );
    scope.addHook('onClose', async () => context.slack?.settled());
    scope.withTypeProvider<ZodTypeProvider>().post(
      '/api/v1/slack/interactions',
      {
        config: { role: 'any', fromSlack: true },
        schema: {
          operationId: 'slackInteraction',
          summary: 'A click on Approve or Reject in Slack; the Request URL of the app’s interactivity',
          tags: ['steering'],
          security: [{ slack: [] }],
          consumes: ['application/x-www-form-urlencoded'],
          body: form,
          response: { 200: z.object({ answer: z.string() }), ...problems(422, 503) },
        },
      },
      async (request) => {
        const click = readClick(request.body.payload);
        try {
          return { answer: await decide(click, request.identity!, context) };
        } catch (error) {
          const problem = toProblem(error);
          context.slack?.refused(click.responseUrl, `Not done: ${problem.message} ${problem.remedy ?? ''}`.trim());
          if (error instanceof ClientError && answered.has(error.kind)) return { answer: error.message };
          throw error;
        }
      },
    );
  });
}

async function decide(click: SlackClick, who: Identity, { decisions, remediations, slack }: BridgeContext) {
  if (!who.roles.has('approve')) {
    throw new HttpProblem(403, 'FORBIDDEN', 'The settings of Kubernaut do not know this Slack user.', {
      remedy: 'Whoever runs Kubernaut can add you to bridge.slack.users.',
    });
  }
  const { workflow, digest, step } = click.about;
  const reason = 'decided in Slack';
  const body = { digest, reason, ...(step !== undefined && { step }) };
  const key = `${click.decision}:${who.name}:${who.requestId}`;
  const answer = await decisions[click.decision](workflow, who, body, key);
  const { approvals } = await remediations.status(workflow).catch(() => ({ approvals: [] }));
  const waits = approvals.some((approval) => approval.digest === digest);
  const verb = click.decision === 'approve' ? 'Approved' : 'Rejected';
  slack?.decided(click, `${verb} by <@${click.user}> (${escapeSlack(who.name)}): ${escapeSlack(answer)}`, waits);
  return answer;
}
