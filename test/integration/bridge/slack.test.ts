import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { customActions } from '../../../activities/executors/custom';
import { ActionRegistry } from '../../../activities/registry';
import { slackSignature } from '../../../client/bridge/auth/slack-signature';
import { actionSettings } from '../../../config/action-settings';
import { parseSettings } from '../../../config/parse-settings';
import { testEnvironment, waitFor } from '../../setup';
import { Lab } from '../engine/lab';
import { labActions, LabWorld } from '../engine/lab-actions';
import { labPlan, set } from '../engine/lab-plan';
import { type RunningBridge, startBridge } from './running-bridge';

const SECRET = 'signing-secret-of-the-app';
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const world = new LabWorld();

interface Block {
  type: string;
  block_id?: string;
  elements?: { action_id: string; value: string }[];
}
interface Posted {
  path: string;
  text: string;
  blocks: Block[];
}

/** Slack as it documents chat.postMessage and response_url. */
let slack: Server;
const posted: Posted[] = [];
let folder: string;
let lab: Lab;
let bridge: RunningBridge;
let slackUrl: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubernaut-slack-'));
  slack = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const path = request.url ?? '';
      if (request.method === 'POST') posted.push({ path, ...(JSON.parse(body) as Omit<Posted, 'path'>) });
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ok: true, messages: [], ts: '1.1' }));
    });
  });
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
  slackUrl = `http://127.0.0.1:${(slack.address() as AddressInfo).port}`;
  writeFileSync(join(folder, 'token'), 'xoxb-a-token-of-a-bot');
  writeFileSync(join(folder, 'secret'), SECRET);
  writeFileSync(join(folder, 'key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const local = { plainHttp: true, networks: ['127.0.0.1'] };
  const sre = { type: 'slack', token: { file: join(folder, 'token') }, channel: 'C1', apiUrl: `${slackUrl}/api` };
  const settings = parseSettings(
    {
      approval: {
        identity: 'verified',
        keys: [{ id: 'bridge', publicKey: publicKey.export({ type: 'spki', format: 'pem' }) }],
      },
      actions: { custom: { notifications: { channels: { sre: { ...sre, ...local, buttons: true } } } } },
    },
    'test',
  );
  lab = await Lab.open({
    actions: labActions(world),
    settingsFor: (cluster) => actionSettings(settings, cluster),
    approval: settings.approval,
  });
  bridge = await startBridge({
    ...{ address: testEnvironment().temporalAddress, namespace: lab.namespace },
    actions: new ActionRegistry().register(...customActions, ...labActions(world)),
    bridge: {
      signing: { key: { file: join(folder, 'key') }, keyId: 'bridge' },
      slack: {
        signingSecret: { file: join(folder, 'secret') },
        users: [
          { id: 'U0ANN', name: 'ann', groups: ['sre'] },
          { id: 'U0BOB', name: 'bob' },
        ],
        ...{ responseUrl: slackUrl, ...local },
      },
    },
  });
});
afterAll(async () => {
  await bridge?.stop();
  await lab?.close();
  await new Promise((resolve) => slack.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** As Slack posts a click of this user on a button of the message. */
async function click(user: string, action: string, { text, blocks }: Posted): Promise<number> {
  const value = blocks
    .find(({ type }) => type === 'actions')!
    .elements!.find((each) => each.action_id === action)!.value;
  const payload = {
    ...{ type: 'block_actions', user: { id: user, team_id: 'T0TEAM' }, message: { text, blocks } },
    ...{ response_url: `${slackUrl}/respond/${user}`, actions: [{ type: 'button', action_id: action, value }] },
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const { status } = await axios.post(`${bridge.url}/api/v1/slack/interactions`, body, {
    ...{ proxy: false, validateStatus: () => true },
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': slackSignature(SECRET, timestamp, body),
    },
  });
  return status;
}

async function asked(name: string): Promise<{ id: string; message: Posted }> {
  const approval = { required: true, deadline: '60m', remindEvery: '15m', groups: ['sre'], notify: 'sre' };
  const { id } = await lab.remediations.start(labPlan([set(name, 2)], { approval }));
  const message = await waitFor(
    async () =>
      posted.find(({ path, blocks }) => path === '/api/chat.postMessage' && JSON.stringify(blocks).includes(id)),
    (found) => found !== undefined,
    { timeout: 30_000, what: `the message about ${id}` },
  );
  return { id, message: message! };
}
const answerTo = (user: string, words: string) =>
  waitFor(
    async () => posted.find(({ path, ...body }) => path === `/respond/${user}` && JSON.stringify(body).includes(words)),
    (found) => found !== undefined,
    { timeout: 30_000, what: `what ${user} is told` },
  );

test('who waits for an approval says so in Slack, and a click there approves it, signed for the person and her groups', async () => {
  const { id, message } = await asked('a');
  expect(await click('U0EVE', 'kubernaut_approve', message)).toBe(403);
  expect(await click('U0BOB', 'kubernaut_approve', message)).toBe(200);
  await answerTo('U0BOB', 'bob belongs to none of the groups');
  expect(world.read('a')).toBe(0);
  expect(await click('U0ANN', 'kubernaut_approve', message)).toBe(200);
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
  expect(world.read('a')).toBe(2);
  const approved = (await lab.remediations.facts(id)).find(({ what }) => what === 'approved');
  expect(approved).toMatchObject({ by: 'ann', detail: expect.stringMatching(/signed with bridge.*decided in Slack/) });
  const updated = (await answerTo('U0ANN', 'Approved by <@U0ANN>'))!;
  expect(updated.blocks.some(({ type }) => type === 'actions')).toBe(false);
});

test('a click on Reject ends it, and nothing is done', async () => {
  const { id, message } = await asked('b');
  expect(await click('U0ANN', 'kubernaut_reject', message)).toBe(200);
  expect(await lab.remediations.result(id)).toMatchObject({
    outcome: 'rejected',
    reason: expect.stringContaining('ann'),
  });
  expect(await click('U0ANN', 'kubernaut_approve', message)).toBe(200);
  await answerTo('U0ANN', 'has already ended');
  expect(world.read('b')).toBe(0);
});
