import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../../../plan/json';
import { readSlackButtonValue } from '../../../plan/decision/slack-buttons';
import { CANARY, failureOf, localServer, runCustom, type LocalServer, type ReceivedRequest } from './custom-run';

const OPERATION = 'remediation/shop/1/step';

/**
 * The receivers as their documentation has them, as far as we use them: Slack's incoming webhooks and Web API, a Teams
 * workflow, PagerDuty's Events API v2 and a webhook that heeds its Idempotency-Key.
 */
function receivers(state: {
  fail: number[];
  slackMayRead: boolean;
  slackError?: string;
  shown: string[];
  teams: string;
}) {
  const posted: Array<{ ts: string; metadata?: unknown }> = [];
  const json = (response: ServerResponse, body: object, status = 200) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const answer = ({ url, headers, body }: ReceivedRequest, response: ServerResponse) => {
    const status = state.fail.shift();
    if (status !== undefined) return response.writeHead(status).end(`no, ${url} ${headers.authorization}`);
    const sent = body === '' ? {} : (JSON.parse(body) as Record<string, never>);
    if (url === `/hooks/${CANARY}`) return (state.shown.push('slack-webhook'), response.end('ok'));
    if (url === `/teams/${CANARY}`) return (state.shown.push('teams'), response.writeHead(202).end(state.teams));
    if (url.startsWith('/api/conversations.history?')) {
      return json(
        response,
        state.slackMayRead ? { ok: true, messages: posted } : { ok: false, error: 'missing_scope' },
      );
    }
    if (url === '/api/chat.postMessage') {
      if (state.slackError) return json(response, { ok: false, error: state.slackError, provided: CANARY });
      state.shown.push('slack');
      posted.unshift({ ts: `17.${posted.length}`, metadata: sent['metadata'] });
      return json(response, { ok: true, ts: posted[0]!.ts });
    }
    if (url === '/v2/enqueue') {
      const key = String(sent['dedup_key']);
      if (!state.shown.includes(`pagerduty ${key}`)) state.shown.push(`pagerduty ${key}`);
      return json(response, { status: 'success', message: 'Event processed', dedup_key: key }, 202);
    }
    if (url === `/any/${CANARY}`) {
      const key = `webhook ${String(headers['idempotency-key'])}`;
      if (!state.shown.includes(key)) state.shown.push(key);
      return response.writeHead(204).end();
    }
    return response.writeHead(404).end();
  };
  return localServer(answer);
}

interface Sent {
  blocks?: Array<{ text?: { text: string } }>;
  attachments?: object[];
}

describe('notification', () => {
  let server: LocalServer;
  const state = { fail: [] as number[], slackMayRead: true, slackError: '', shown: [] as string[], teams: '' };
  beforeEach(async () => {
    Object.assign(state, { fail: [], slackMayRead: true, slackError: '', shown: [], teams: '' });
    server = await receivers(state);
  });
  afterEach(() => server.close());

  const run = (params: JsonObject, more: object = {}, operationId = OPERATION) => {
    const local = { plainHttp: true, networks: ['127.0.0.1'] };
    return runCustom({
      action: 'notification',
      operationId,
      params: { title: 'shop/web is <down> & out', severity: 'critical', ...params },
      env: {
        HOOK: `${server.url}/hooks/${CANARY}`,
        TEAMS: `${server.url}/teams/${CANARY}`,
        ANY: `${server.url}/any/${CANARY}`,
        PRIVATE: `https://10.0.0.1/${CANARY}`,
        BROKEN: CANARY,
        SECRET: CANARY,
      },
      settings: {
        notifications: {
          channels: {
            hook: { type: 'slack-webhook', url: { env: 'HOOK' }, ...local },
            slack: { type: 'slack', token: { env: 'SECRET' }, channel: 'C1', apiUrl: `${server.url}/api`, ...local },
            clicks: {
              ...{ type: 'slack', token: { env: 'SECRET' }, channel: 'C1', apiUrl: `${server.url}/api`, buttons: true },
              ...local,
            },
            teams: { type: 'teams', url: { env: 'TEAMS' }, ...local },
            pager: { type: 'pagerduty', routingKey: { env: 'SECRET' }, apiUrl: server.url, ...local },
            any: { type: 'webhook', url: { env: 'ANY' }, authorization: { env: 'SECRET' }, ...local },
            private: { type: 'webhook', url: { env: 'PRIVATE' } },
            broken: { type: 'webhook', url: { env: 'BROKEN' } },
            missing: { type: 'webhook', url: { env: 'NOT_SET' } },
          },
          ...more,
        },
      },
    });
  };
  const sent = (path: string) =>
    server.requests.filter(({ url }) => url === path).map(({ body }) => JSON.parse(body) as Sent);

  test.each<[string, string, string]>([
    ['hook', 'slack-webhook', 'unrecognized'],
    ['slack', 'slack', 'recognized'],
    ['teams', 'teams', 'unrecognized'],
    ['pager', 'pagerduty', 'recognized'],
    ['any', 'webhook', 'marked'],
  ])('%s: validate tells nobody, execute tells once, the secret stays inside', async (channel, type, repetition) => {
    const it = run({ channel, text: 'Revision 12 crashed.', namespace: 'shop', link: 'https://ui.example.com/1' });
    const validation = await it.validate();
    expect(server.requests).toEqual([]);
    expect(validation).toMatchObject({
      diff: [{ path: `/notifications/${channel}`, after: 'critical: shop/web is <down> & out' }],
      noEffect: false,
    });
    expect(validation.warnings).toHaveLength(repetition === 'unrecognized' ? 1 : 0);
    const effect = await it.execute(validation);
    expect(state.shown).toHaveLength(1);
    expect(effect).toMatchObject({ changed: true, data: { deliveries: [{ channel, type, repetition }] } });
    expect(effect.summary.includes('at least once')).toBe(repetition === 'unrecognized');
    expect(await it.verify(validation, effect)).toMatchObject({ verified: true, data: { readBack: false } });
    expect(await failureOf(it.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
    expect(it.seen()).not.toContain(CANARY);
  });

  test.each(['slack', 'pager', 'any'])(
    '%s: execute twice is shown once, another operation is shown too',
    async (channel) => {
      const it = run({ channel });
      const validation = await it.validate();
      await it.execute(validation);
      await it.execute(validation, 2);
      expect(state.shown).toHaveLength(1);
      const other = run({ channel }, {}, 'remediation/shop/2/step');
      await other.execute(await other.validate());
      expect(state.shown).toHaveLength(2);
    },
  );

  test.each(['hook', 'teams'])(
    '%s cannot recognize a repetition, so the message says that it may be one',
    async (channel) => {
      const it = run({ channel });
      const validation = await it.validate();
      await it.execute(validation, 2);
      expect(server.requests[0]?.body).toContain('attempt 2: may repeat an earlier one');
    },
  );

  describe('buttons for a decision', () => {
    const decision = { workflow: 'remediation/shop/1', digest: `sha256:${'a'.repeat(64)}`, step: 'scale' };
    const buttonsOf = async (channel: string, more: object = {}) => {
      const it = run({ channel });
      const validation = await it.validate();
      await it.execute({ ...validation, before: { channels: [channel], ...more } });
      const [{ blocks = [] } = {}] = sent('/api/chat.postMessage');
      return blocks.find((block) => (block as { type?: string }).type === 'actions') as
        { block_id: string; elements: { action_id: string; value: string }[] } | undefined;
    };

    test('are on a message of the engine, and say exactly what they decide', async () => {
      const row = await buttonsOf('clicks', { decision });
      expect(row).toMatchObject({
        block_id: 'kubernaut_decision',
        elements: [
          { type: 'button', action_id: 'kubernaut_approve', style: 'primary' },
          { type: 'button', action_id: 'kubernaut_reject', style: 'danger' },
        ],
      });
      for (const { value } of row!.elements) expect(readSlackButtonValue(value)).toEqual(decision);
    });

    test('are not there where the settings do not want them, nor where nothing waits', async () => {
      expect(await buttonsOf('slack', { decision })).toBeUndefined();
      server.requests.splice(0);
      expect(await buttonsOf('clicks')).toBeUndefined();
    });

    test('cannot be asked for by a plan, whose words would stand above them', async () => {
      const failure = await failureOf(run({ channel: 'clicks', decision }).validate());
      expect(failure).toMatchObject({ code: 'PARAMS_INVALID' });
    });

    test('are left out when they would not fit, rather than the message', async () => {
      expect(await buttonsOf('clicks', { decision: { ...decision, workflow: 'x'.repeat(2000) } })).toBeUndefined();
      expect(state.shown).toEqual(['slack']);
    });
  });

  test('Slack gets escaped text, so that no mention or link can be made up', async () => {
    const it = run({ channel: 'slack', text: '<!channel> <https://evil.example|Click>' });
    await it.execute(await it.validate());
    const [message] = sent('/api/chat.postMessage');
    expect(message).toMatchObject({
      channel: 'C1',
      text: 'CRITICAL: shop/web is &lt;down&gt; &amp; out',
      metadata: { event_payload: { operation_id: OPERATION } },
    });
    expect(message?.blocks?.[1]?.text?.text).toContain('&lt;!channel&gt; &lt;https://evil.example|Click&gt;');
    expect(server.requests.every(({ headers }) => headers.authorization === `Bearer ${CANARY}`)).toBe(true);
  });

  test('Slack without the right to read its channel is told at least once, and the effect says so', async () => {
    state.slackMayRead = false;
    const it = run({ channel: 'slack' });
    expect(await it.execute(await it.validate())).toMatchObject({
      summary: expect.stringContaining('at least once'),
      data: { deliveries: [{ repetition: 'unrecognized' }] },
    });
  });

  test('an error that Slack reports with status 200 is one', async () => {
    state.slackError = 'channel_not_found';
    const it = run({ channel: 'slack' });
    expect(await failureOf(it.execute(await it.validate()))).toMatchObject({
      code: 'REJECTED_BY_SERVER',
      message: 'channel slack (slack): refused with channel_not_found',
    });
    state.slackError = `secret ${CANARY}`;
    expect(await failureOf(it.execute(await it.validate()))).toMatchObject({ code: 'REJECTED_BY_SERVER' });
    expect(it.seen()).not.toContain(CANARY);
  });

  test('PagerDuty gets a trigger of the Events API v2 with the operation as its dedup_key', async () => {
    const it = run({ channel: 'pager', fields: { replicas: 0 }, link: 'https://ui.example.com/1' });
    await it.execute(await it.validate());
    expect(sent('/v2/enqueue')).toEqual([
      {
        routing_key: CANARY,
        event_action: 'trigger',
        dedup_key: OPERATION,
        client: 'Kubernaut',
        payload: {
          summary: 'shop/web is <down> & out',
          source: 'test',
          severity: 'critical',
          custom_details: { text: '', replicas: '0', cluster: 'test', origin: `Kubernaut, operation ${OPERATION}` },
        },
        links: [{ href: 'https://ui.example.com/1', text: 'Open' }],
      },
    ]);
  });

  test('Teams gets an adaptive card, and a failure that it reports with status 2xx is one', async () => {
    const it = run({ channel: 'teams', text: '[Click](https://evil.example)' });
    await it.execute(await it.validate());
    const [card] = sent(`/teams/${CANARY}`);
    expect(card?.attachments?.[0]).toMatchObject({
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: { type: 'AdaptiveCard', version: '1.4' },
    });
    expect(JSON.stringify(card)).toContain(String.raw`\\[Click\\]\\(https://evil.example\\)`);
    state.teams = 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429';
    expect(await failureOf(it.execute(await it.validate()))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('what may pass is tried up to three times, what may not is not', async () => {
    state.fail = [503, 429];
    const it = run({ channel: 'pager' });
    await it.execute(await it.validate());
    expect(server.requests).toHaveLength(3);
    state.fail = [400];
    expect(await failureOf(it.execute(await it.validate()))).toMatchObject({ code: 'REJECTED_BY_SERVER' });
    expect(server.requests).toHaveLength(4);
    expect(it.seen()).not.toContain(CANARY);
  });

  describe('without a channel', () => {
    const routes = [{ severities: ['critical'], namespaces: ['shop'], channels: ['hook', 'any', 'pager'] }];

    test('the routes decide, and those that recognize a repetition are told first', async () => {
      const it = run({ namespace: 'shop' }, { routes });
      const validation = await it.validate();
      expect(validation.before).toEqual({ channels: ['pager', 'any', 'hook'] });
      await it.execute(validation);
      expect(state.shown).toEqual([`pagerduty ${OPERATION}`, `webhook ${OPERATION}`, 'slack-webhook']);
    });

    test('when one fails, those that cannot recognize a repetition have not been told yet', async () => {
      state.fail = [400];
      const it = run({ namespace: 'shop' }, { routes });
      const validation = await it.validate();
      await failureOf(it.execute(validation));
      expect(state.shown).toEqual([]);
      await it.execute(validation, 2);
      expect(state.shown).toEqual([`pagerduty ${OPERATION}`, `webhook ${OPERATION}`, 'slack-webhook']);
    });

    test('nobody to tell is refused, not passed over', async () => {
      const failure = await failureOf(run({ namespace: 'pay' }, { routes }).validate());
      expect(failure).toMatchObject({
        code: 'PRECONDITION_FAILED',
        message: expect.stringContaining('severity critical'),
      });
    });
  });

  test.each(['nobody', 'private', 'broken', 'missing', 'constructor'])(
    'the channel %s is refused before anybody is told',
    async (channel) => {
      const it = run({ channel });
      expect(await failureOf(it.validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
      expect(it.seen()).not.toContain(CANARY);
    },
  );

  test('a credential in the text of an alert is not passed on', async () => {
    const it = run({ channel: 'any', text: 'login failed with password=hunter2-secret' });
    await it.execute(await it.validate());
    expect(server.requests[0]?.body).not.toContain('hunter2');
  });

  test('a channel that is gone when it is executed is an error, not a success', async () => {
    const it = run({ channel: 'pager' });
    const validation = await it.validate();
    const later = { ...validation, before: { channels: ['gone'] } };
    expect(await failureOf(it.execute(later))).toMatchObject({ code: 'PRECONDITION_FAILED' });
  });

  test.each<[string, JsonObject]>([
    ['no title', { title: '' }],
    ['two lines in the title', { title: 'a\nBcc: x@example.com' }],
    ['an unknown severity', { severity: 'fatal' }],
    ['a text above 4000 characters', { text: 'x'.repeat(4001) }],
    ['more than 20 fields', { fields: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`f${i}`, i])) }],
    ['a link that is none', { link: 'javascript:alert(1)' }],
  ])('refuses %s', async (_, params) => {
    expect(await failureOf(run({ channel: 'pager', ...params }).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  });
});
