import { z } from 'zod';
import {
  type DecisionRef,
  readSlackButtonValue,
  SLACK_APPROVE,
  SLACK_REJECT,
} from '../../../plan/decision/slack-buttons';
import { HttpProblem } from '../problem';

const person = z.looseObject({ id: z.string().min(1).max(100), team_id: z.string().max(100).optional() });

/** What Slack posts for a click on a button of a message, as far as it is of use here. */
const blockActions = z.looseObject({
  type: z.literal('block_actions'),
  user: person,
  team: z.looseObject({ id: z.string().max(100) }).nullish(),
  response_url: z.url().max(2000).optional(),
  message: z
    .looseObject({ text: z.string().optional(), blocks: z.array(z.looseObject({})).max(50).optional() })
    .nullish(),
  actions: z
    .array(z.looseObject({ action_id: z.string(), value: z.string().optional() }))
    .min(1)
    .max(10),
});

export interface SlackClick {
  user: string;
  /** Workspace of the person; absent: Slack does not say. */
  team?: string;
  /** Where the message can be updated, and the person be told. */
  responseUrl?: string;
  /** The message as it was. */
  message: { text: string; blocks: Record<string, unknown>[] };
  decision: 'approve' | 'reject';
  about: DecisionRef;
}

/** Who clicked, read before the rest is looked at. undefined: the body says nobody. */
export function clickerOf(form: string): { user: string; team?: string } | undefined {
  const read = z.looseObject({ user: person, team: blockActions.shape.team }).safeParse(payloadOf(form));
  if (!read.success) return undefined;
  const { user, team } = read.data;
  const workspace = user.team_id ?? team?.id;
  return { user: user.id, ...(workspace !== undefined && { team: workspace }) };
}

/** @throws HttpProblem 422 for what is no click on one of our buttons */
export function readClick(form: string): SlackClick {
  const read = blockActions.safeParse(payloadOf(form));
  if (!read.success) {
    const errors = read.error.issues.map(({ path, message }) => ({ path: ['payload', ...path].join('.'), message }));
    throw new HttpProblem(422, 'REQUEST_INVALID', 'This is no click on a button of a Slack message.', { errors });
  }
  const { response_url: responseUrl, message, actions } = read.data;
  const click = actions.find(({ action_id: id }) => id === SLACK_APPROVE || id === SLACK_REJECT);
  const about = click?.value === undefined ? undefined : readSlackButtonValue(click.value);
  if (click === undefined || about === undefined) {
    throw new HttpProblem(422, 'REQUEST_INVALID', 'The button is none of Kubernaut, or of another version.', {
      remedy: `Only ${SLACK_APPROVE} and ${SLACK_REJECT} are taken; decide by \`kubernaut approve\` instead.`,
    });
  }
  return {
    ...clickerOf(form)!,
    ...(responseUrl !== undefined && { responseUrl }),
    message: { text: message?.text ?? '', blocks: message?.blocks ?? [] },
    decision: click.action_id === SLACK_APPROVE ? 'approve' : 'reject',
    about,
  };
}

/** The form has one field, `payload`, which is JSON. undefined: it is not. */
function payloadOf(form: string): unknown {
  try {
    return JSON.parse(new URLSearchParams(form).get('payload') ?? '');
  } catch {
    return undefined;
  }
}
