import {
  SLACK_APPROVE,
  SLACK_BUTTONS_BLOCK,
  SLACK_REJECT,
  slackButtonValue,
} from '../../../../plan/decision/slack-buttons';
import { cut, escapeSlack as escape } from '../../../../plan/slack-text';
import { origin, type Message } from './message';

/**
 * Body of a Slack message: text for notifications, blocks for the eye. All values are escaped, so no mention or link can be made
 * up.
 *
 * @param buttons a decision that it tells of can be taken by a click
 */
export function slackMessage(
  message: Message,
  { buttons = false }: { buttons?: boolean } = {},
): { text: string; blocks: object[] } {
  const { severity, title, text, facts, link } = message;
  const lines = [text, ...facts.map(([name, value]) => `*${name}*: ${value}`)].filter((line) => line !== '');
  const section = escape(lines.join('\n')) + (link === undefined ? '' : `\n<${escape(link)}>`);
  return {
    text: escape(`${severity.toUpperCase()}: ${title}`),
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: cut(`${severity.toUpperCase()}: ${title}`, 150), emoji: false },
      },
      { type: 'section', text: { type: 'mrkdwn', text: cut(section, 3000), verbatim: true } },
      ...(buttons ? decisionButtons(message) : []),
      { type: 'context', elements: [{ type: 'plain_text', text: cut(origin(message), 2000), emoji: false }] },
    ],
  };
}

function decisionButtons({ decision }: Message): object[] {
  const value = decision && slackButtonValue(decision);
  // Too long for Slack: the words of the message still say what to do.
  if (value === undefined) return [];
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  const button = (action_id: string, text: string, style: 'primary' | 'danger') => ({
    ...{ type: 'button', action_id, text: plain(text), style, value },
    confirm: {
      title: plain(`${text}?`),
      text: plain(`${text} what this message is about`),
      confirm: plain(text),
      deny: plain('Back'),
    },
  });
  const elements = [button(SLACK_APPROVE, 'Approve', 'primary'), button(SLACK_REJECT, 'Reject', 'danger')];
  return [{ type: 'actions', block_id: SLACK_BUTTONS_BLOCK, elements }];
}
