import { guardedRequest } from '../../../activities/executors/custom/http/guarded-request';
import type { SlackSettings } from '../../../config/sections/slack';
import { SLACK_BUTTONS_BLOCK } from '../../../plan/decision/slack-buttons';
import { cut, escapeSlack } from '../../../plan/slack-text';
import type { SlackClick } from './interaction';

const TIMEOUT_MS = 5_000;
/** Slack's own limit of blocks in a message. */
const MAX_BLOCKS = 50;

/** Says back in Slack what came of a click, by the address that the click brought along. */
export class SlackResponder {
  private readonly sending = new Set<Promise<void>>();

  constructor(
    private readonly settings: Pick<SlackSettings, 'responseUrl' | 'networks' | 'plainHttp'>,
    /** Told when Slack could not be told; the decision stands all the same. */
    private readonly onFailure: (reason: string) => void,
  ) {}

  /** Below the message, for all to see; the buttons go unless somebody else still has to decide. */
  decided({ responseUrl, message }: SlackClick, line: string, waits: boolean): void {
    const blocks = message.blocks.filter(({ block_id: id }) => waits || id !== SLACK_BUTTONS_BLOCK);
    const note = { type: 'context', elements: [{ type: 'mrkdwn', text: cut(line, 2000), verbatim: true }] };
    const text = cut(message.text === '' ? line : message.text, 3000);
    this.send(responseUrl, { replace_original: true, text, blocks: [...blocks.slice(0, MAX_BLOCKS - 1), note] });
  }

  /** Only to whoever clicked; the message stays as it is. */
  refused(responseUrl: string | undefined, text: string): void {
    const body = { response_type: 'ephemeral', replace_original: false, text: cut(escapeSlack(text), 3000) };
    this.send(responseUrl, body);
  }

  /** Resolves when all that was to be said has been, or has failed. */
  async settled(): Promise<void> {
    await Promise.all(this.sending);
  }

  /** Not waited for: Slack gives a click three seconds, and the decision has been taken by now. */
  private send(address: string | undefined, body: object): void {
    if (address === undefined) return this.onFailure('the click brought no response_url');
    const { responseUrl, networks, plainHttp } = this.settings;
    const url = new URL(address);
    if (url.origin !== new URL(responseUrl).origin) return this.onFailure('its response_url is not one of Slack');
    const work = guardedRequest({
      ...{ method: 'POST', url, what: 'the response_url of Slack', rule: { networks, plainHttp } },
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
      signal: new AbortController().signal,
    }).then(
      ({ status }) => {
        if (status !== 200) this.onFailure(`Slack answered ${status}`);
      },
      (error: unknown) => this.onFailure(error instanceof Error ? error.message : 'Slack cannot be reached'),
    );
    this.sending.add(work);
    void work.finally(() => this.sending.delete(work));
  }
}
