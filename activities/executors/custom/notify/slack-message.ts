import { cut, escapeSlack as escape } from '../../../../plan/slack-text';
import { origin, type Message } from './message';

/** Body of a Slack message: text for notifications, blocks for the eye. All values are escaped, so no mention or link can be made up. */
export function slackMessage(message: Message): { text: string; blocks: object[] } {
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
      { type: 'context', elements: [{ type: 'plain_text', text: cut(origin(message), 2000), emoji: false }] },
    ],
  };
}
