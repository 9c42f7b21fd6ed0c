import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import { slackSignature } from '../../../client/bridge/auth/slack-signature';
import { ClientError, ClientErrorKind } from '../../../client/errors';
import { SLACK_BUTTONS_BLOCK, slackButtonValue } from '../../../plan/decision/slack-buttons';
import { waitFor } from '../../setup/wait-for';
import { type BridgeLab, bridgeLab, type LabOptions, secretOf } from './bridge-lab';

const URL_ = '/api/v1/slack/interactions';
const digest = `sha256:${'a'.repeat(64)}`;
const about = { workflow: 'remediation/web-oom/1', digest };
const users = [{ id: 'U0ANN', name: 'ann@example.com', groups: ['sre'] }];
const now = Date.parse('2026-11-24T12:00:00Z');

/** Slack's end of `response_url`: writes down what it is told, and answers as Slack does. */
let slack: Server;
let told: Record<string, unknown>[] = [];
let answerWith = 200;
let responseUrl: string;
const labs: BridgeLab[] = [];

beforeAll(async () => {
  slack = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      told.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
      response.writeHead(answerWith).end('ok');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => slack.once('listening', resolve));
  responseUrl = `http://127.0.0.1:${(slack.address() as AddressInfo).port}/actions/T1/2/x`;
});
beforeEach(() => {
  told = [];
  answerWith = 200;
});
afterEach(async () => {
  await Promise.all(labs.splice(0).map(({ app }) => app.close()));
});
afterAll(() => new Promise((resolve) => slack.close(resolve)));

async function open(more: object = {}, options: LabOptions = {}): Promise<BridgeLab> {
  const local = { responseUrl, networks: ['127.0.0.1'], plainHttp: true };
  const settings = { slack: { signingSecret: { env: 'slack' }, users, ...local, ...more }, ...options.settings };
  const lab = await bridgeLab({ now: () => now, ...options, settings });
  labs.push(lab);
  return lab;
}

const original = {
  text: 'web needs an approval',
  blocks: [
    { type: 'section', block_id: 'what' },
    { type: 'actions', block_id: SLACK_BUTTONS_BLOCK },
  ],
};

/** As Slack documents it for a button of a message. */
const payload = (more: object = {}) => ({
  type: 'block_actions',
  user: { id: 'U0ANN', username: 'ann', team_id: 'T0TEAM' },
  team: { id: 'T0TEAM', domain: 'example' },
  container: { type: 'message', message_ts: '17.1', channel_id: 'C1' },
  message: original,
  response_url: responseUrl,
  actions: [{ type: 'button', action_id: 'kubernaut_approve', block_id: 'b', value: slackButtonValue(about) }],
  ...more,
});

function click(lab: BridgeLab, body: object | string = payload(), more: { at?: number; secret?: string } = {}) {
  const form = typeof body === 'string' ? body : new URLSearchParams({ payload: JSON.stringify(body) }).toString();
  const timestamp = String(Math.floor((more.at ?? now) / 1000));
  return lab.app.inject({
    ...{ method: 'POST', url: URL_, payload: form },
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': slackSignature(more.secret ?? secretOf('slack'), timestamp, form),
    },
  });
}

const said = async (lab: BridgeLab) => {
  await waitFor(
    async () => told.length,
    (count) => count > 0,
    { what: 'what Slack is told' },
  );
  expect(lab.log.filter(({ msg }) => msg === 'slack')).toEqual([]);
  return told[0]!;
};

test('the signature is that of Slack’s own documentation', () => {
  const secret = '8f742231b10e8888abcd99yyyzzz85a5';
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  expect(slackSignature(secret, '1531420618', body)).toBe(
    'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  );
});

test('a click approves exactly the digest of the message, in the name of the person, and the buttons go', async () => {
  const lab = await open();
  const answer = await click(lab);
  expect({ status: answer.statusCode, body: answer.json() }).toEqual({ status: 200, body: { answer: 'done' } });
  expect(lab.calls[0]).toEqual([
    'approve',
    about.workflow,
    { by: 'ann@example.com', digest, reason: 'decided in Slack' },
    expect.stringMatching(/^approve:ann@example\.com:[0-9a-f]{32}$/),
  ]);
  expect(await said(lab)).toEqual({
    replace_original: true,
    text: original.text,
    blocks: [
      original.blocks[0],
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: 'Approved by <@U0ANN> (ann@example.com): done', verbatim: true }],
      },
    ],
  });
});

test('while a second person still has to approve, the buttons stay', async () => {
  const lab = await open({}, { answers: { status: () => ({ approvals: [{ digest }] }) } });
  await click(lab);
  expect((await said(lab))['blocks']).toMatchObject([...original.blocks, { type: 'context' }]);
});

test('Reject rejects what the message was about, and nothing else that waits by now', async () => {
  const lab = await open();
  const value = slackButtonValue({ ...about, step: 'scale' });
  const answer = await click(lab, payload({ actions: [{ action_id: 'kubernaut_reject', value }] }));
  expect(answer.statusCode).toBe(200);
  const request = { by: 'ann@example.com', digest, step: 'scale', reason: 'decided in Slack' };
  expect(lab.calls[0]).toEqual(['reject', about.workflow, request, expect.stringMatching(/^reject:/)]);
});

test('with a key, the decision is signed for the person, with the groups of the settings', async () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const lab = await open(
    {},
    { settings: { signing: { key: { env: 'sign' }, keyId: 'bridge' } }, secrets: { sign: pem } },
  );
  expect((await click(lab)).statusCode).toBe(200);
  const { jws } = lab.calls[0]![2] as { jws: string };
  expect(decodeJwt(jws)).toMatchObject({
    ...{ by: 'ann@example.com', groups: ['sre'], workflow: about.workflow, digest, decision: 'approve' },
  });
});

test.each<[string, object, number?]>([
  ['another secret', { secret: 'another-secret-that-is-long' }],
  ['a timestamp that is too old', { at: now - 301_000 }],
  ['a timestamp from the future', { at: now + 301_000 }],
])('%s is refused with 401, and nothing is decided', async (_, more) => {
  const lab = await open();
  expect((await click(lab, payload(), more)).statusCode).toBe(401);
  expect(lab.calls).toEqual([]);
});

test('the same request a second time is refused; on another replica it has the same request id', async () => {
  const [lab, replica] = [await open(), await open()];
  expect((await click(lab)).statusCode).toBe(200);
  const again = await click(lab);
  expect([again.statusCode, again.json().code]).toEqual([401, 'SIGNATURE_REPLAYED']);
  expect((await click(replica)).statusCode).toBe(200);
  const idOf = ({ calls }: BridgeLab) => calls.find(([method]) => method === 'approve')![3];
  expect(idOf(lab)).toBe(idOf(replica));
});

test('one changed byte of the body breaks the signature', async () => {
  const lab = await open();
  const form = new URLSearchParams({ payload: JSON.stringify(payload()) }).toString();
  const timestamp = String(now / 1000);
  const answer = await lab.app.inject({
    ...{ method: 'POST', url: URL_, payload: form.replace('U0ANN', 'U0BOB') },
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': slackSignature(secretOf('slack'), timestamp, form),
    },
  });
  expect(answer.statusCode).toBe(401);
  expect(lab.calls).toEqual([]);
});

test('no token opens it, and its signature opens nothing else', async () => {
  const lab = await open();
  const headers = { ...lab.as('approve'), 'content-type': 'application/x-www-form-urlencoded' };
  const form = new URLSearchParams({ payload: JSON.stringify(payload()) }).toString();
  expect((await lab.app.inject({ method: 'POST', url: URL_, headers, payload: form })).statusCode).toBe(401);
  const body = JSON.stringify({ digest });
  const timestamp = String(now / 1000);
  const elsewhere = await lab.app.inject({
    ...{ method: 'POST', url: '/api/v1/remediations/x/approve', payload: body },
    headers: {
      'content-type': 'application/json',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': slackSignature(secretOf('slack'), timestamp, body),
    },
  });
  expect(elsewhere.statusCode).toBe(401);
  expect(lab.calls).toEqual([]);
});

test.each([
  ['a user whom the settings do not name', { user: { id: 'U0EVE', name: 'ann@example.com' } }],
  ['a user of another workspace', { user: { id: 'U0ANN', team_id: 'T0OTHER' } }],
])('%s decides nothing, and is told so alone', async (_, more) => {
  const lab = await open({ team: 'T0TEAM' });
  const answer = await click(lab, payload(more));
  expect(answer.statusCode).toBe(403);
  expect(lab.calls).toEqual([]);
  expect(await said(lab)).toMatchObject({
    ...{ response_type: 'ephemeral', replace_original: false },
    text: expect.stringContaining('do not know this Slack user'),
  });
});

test('a refusal of the remediation is told to whoever clicked, and the message stays as it is', async () => {
  const refuse = () =>
    Promise.reject(
      new ClientError(ClientErrorKind.refused, 'digest <b> is not what is waiting', { remedy: 'Look again.' }),
    );
  const lab = await open({}, { answers: { approve: refuse } });
  expect((await click(lab)).statusCode).toBe(200);
  expect(await said(lab)).toEqual({
    ...{ response_type: 'ephemeral', replace_original: false },
    text: 'Not done: digest &lt;b&gt; is not what is waiting Look again.',
  });
});

test('Temporal away: 503 with Retry-After, the person is told, and the same click may come again', async () => {
  let away = true;
  const approve = () =>
    away ? Promise.reject(new ClientError(ClientErrorKind.unreachable, 'Temporal does not answer.')) : 'approved';
  const lab = await open({}, { answers: { approve } });
  const answer = await click(lab);
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
  expect(await said(lab)).toMatchObject({ text: expect.stringContaining('Not done: Temporal does not answer.') });
  away = false;
  expect((await click(lab)).json()).toEqual({ answer: 'approved' });
});

test.each<[string, object | string]>([
  ['no form', 'nonsense'],
  ['a form without JSON', 'payload=nonsense'],
  ['something else than a click', payload({ type: 'view_submission' })],
  ['a button of somebody else', payload({ actions: [{ action_id: 'other', value: '{}' }] })],
  ['a button without a value', payload({ actions: [{ action_id: 'kubernaut_approve' }] })],
  ['a value that is no JSON', payload({ actions: [{ action_id: 'kubernaut_approve', value: 'x' }] })],
  ['a value without a digest', payload({ actions: [{ action_id: 'kubernaut_approve', value: '{"workflow":"w"}' }] })],
])('%s is refused with 422, and nothing is decided', async (_, body) => {
  const lab = await open();
  expect((await click(lab, body)).statusCode).toBe(422);
  expect(lab.calls).toEqual([]);
});

test('no other address than Slack’s own is called, and a Slack that does not answer undoes no decision', async () => {
  const lab = await open({ responseUrl: 'https://hooks.slack.com/' });
  expect((await click(lab)).statusCode).toBe(200);
  expect(lab.log.find(({ msg }) => msg === 'slack')).toMatchObject({ reason: 'its response_url is not one of Slack' });
  const other = await open();
  answerWith = 500;
  expect((await click(other)).statusCode).toBe(200);
  await waitFor(
    async () => other.log.find(({ msg }) => msg === 'slack'),
    (line) => line !== undefined,
    { what: 'the line of the log' },
  );
  expect(told).toHaveLength(1);
});

test('without bridge.slack nobody decides by Slack, whatever signs', async () => {
  const lab = await bridgeLab({ now: () => now });
  labs.push(lab);
  expect((await click(lab)).statusCode).toBe(401);
});
