import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PolicyStore } from '../../../activities/policy/policy-store';
import { signDecision } from '../../../client/sign-decision';
import { actionSettings } from '../../../config/action-settings';
import { parseSettings } from '../../../config/parse-settings';
import type { DecisionClaims } from '../../../plan/decision/signed-decision';
import type { Approval, RemediationPlan, Step } from '../../../plan/model';
import { step } from '../../unit/core/world';
import { waitFor } from '../../setup/wait-for';
import { policyText } from '../policy/policy-lab';
import { Lab } from './lab';
import { LabWorld, labActions } from './lab-actions';
import { Bench, holdingActions } from './lab-holding';
import { labPlan, set } from './lab-plan';

const terms = (more: Partial<Approval> = {}): Approval => ({
  ...{ required: true, deadline: '60m', remindEvery: '15m' },
  ...more,
});
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const world = new LabWorld();
const bench = new Bench();
const folder = mkdtempSync(join(tmpdir(), 'kubernaut-approval-'));
/** Titles of what the channel `chat` was told. */
const told: string[] = [];
let receiver: Server;
let store: PolicyStore;
let lab: Lab;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      told.push((JSON.parse(body) as { title: string }).title);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(folder, 'channel'), `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`);
  const rules = [
    { name: 'bounded', reason: 'too much', when: 'step.action == "lab_set" && step.params.value > 100', deny: true },
  ];
  writeFileSync(join(folder, 'policy.yaml'), policyText(rules));
  const chat = { type: 'webhook', url: { file: join(folder, 'channel') }, plainHttp: true, networks: ['127.0.0.0/8'] };
  const settings = parseSettings(
    {
      policy: { mode: 'auto', defaults: false, files: [join(folder, 'policy.yaml')] },
      approval: { keys: [{ id: 'bridge', publicKey: publicKey.export({ type: 'spki', format: 'pem' }) }] },
      actions: { custom: { notifications: { channels: { chat } } } },
    },
    'test',
  );
  store = new PolicyStore(settings.policy, { pollMs: 60_000 }).watch();
  lab = await Lab.open({
    actions: [...labActions(world), ...holdingActions(bench)],
    approval: settings.approval!,
    settingsFor: (cluster) => actionSettings(settings, cluster),
    policy: { store, policy: settings.policy, clusters: settings.clusters },
    guards: {
      ...{ concurrentPerCluster: 50, concurrentNodeActions: 1, cooldownMs: 0, onBusy: 'wait', maxWaitMs: 600_000 },
      ...{ checkHoldersMs: 1000, lingerMs: 8000 },
    },
  });
});
afterAll(async () => {
  await lab?.close();
  store?.close();
  receiver?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function started(plan: RemediationPlan): Promise<string> {
  return (await lab.remediations.start(plan)).id;
}

/** Waits until the run asks, and answers with the digest. */
async function asked(id: string, wished: (why: string) => boolean = () => true): Promise<string> {
  const { approvals } = await lab.until(id, (status) => status.approvals.some(({ why }) => wished(why)));
  return approvals.find(({ why }) => wished(why))!.digest;
}

async function facts(id: string, what: string): Promise<string[]> {
  const all = await lab.remediations.facts(id);
  return all.filter((fact) => fact.what === what).map(({ by, detail }) => `${by ?? '-'}: ${detail}`);
}

const sign = (workflow: string, digest: string, more: Partial<DecisionClaims> = {}) =>
  signDecision({ key: privateKey }, { by: 'alice', workflow, digest, decision: 'approve', ...more });

test('who only claims to belong to a group is refused, by update and by signal; signed, the decision counts', async () => {
  const id = await started(labPlan([set('a', 1)], { approval: terms({ groups: ['sre'] }) }));
  const digest = await asked(id);
  await expect(lab.remediations.approve(id, { by: 'alice', digest })).rejects.toThrow(
    /only members of sre may approve it, and nobody vouches for the groups of alice: approval.identity is claimed/,
  );
  await lab.client.workflow.getHandle(id).signal('approve', { by: 'mallory', digest });
  await expect(lab.remediations.approve(id, { jws: await sign(id, digest, { groups: ['dev'] }) })).rejects.toThrow(
    /belongs to none of the groups/,
  );
  expect(world.read('a')).toBe(0);
  await lab.remediations.approve(id, { jws: await sign(id, digest, { groups: ['sre'] }) });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
  expect(await facts(id, 'approval_refused')).toHaveLength(3);
});

const target = { cluster: 'c', kind: 'Deployment', namespace: 'shop', name: 'held' };
const hold = (id: string, ms: number): Step => step(id, { action: 'lab_hold', target, params: { ms } });

test('an approval that waits for a guard can be revoked, or lapses; nothing runs until it is given again', async () => {
  const holder = await started(labPlan([hold('holder', 280_000)]));
  await lab.until(holder, ({ steps }) => steps[0]?.status === 'executing');
  const waiting = async (id: string) => {
    await lab.remediations.approve(id, { by: 'ann', digest: await asked(id) });
    await lab.until(id, ({ guards }) => guards?.waiting?.why.includes('held by') === true);
  };
  const [revoked, lapsed] = await Promise.all([
    started(labPlan([hold('revoked', 10)], { approval: terms() })),
    started(labPlan([hold('lapsed', 10)], { approval: terms({ runWithin: '4s' }) })),
  ]);
  await waiting(revoked);
  expect((await lab.remediations.status(revoked)).granted).toMatchObject([{ by: ['ann'] }]);
  await lab.remediations.revoke(revoked, { by: 'bob', reason: 'not now' });
  await waiting(lapsed);
  const digest = await asked(revoked, (why) => why.startsWith('bob has revoked the approval: not now'));
  await asked(lapsed, (why) => why.includes('and nothing had begun'));
  expect(await facts(lapsed, 'approval_lapsed')).toHaveLength(1);
  // The one in front ends. Nobody goes on without an approval, whoever has the guard by now.
  await lab.remediations.abort(holder, { by: 'ann' });
  await lab.remediations.result(holder);
  expect(bench.order.filter((who) => who.startsWith(revoked) || who.startsWith(lapsed))).toEqual([]);
  await lab.remediations.approve(revoked, { by: 'carl', digest });
  expect((await lab.remediations.result(revoked)).outcome).toBe('succeeded');
  // Given again it might lapse again, on a machine that is busy enough.
  await lab.remediations.reject(lapsed, { by: 'carl' });
  expect((await lab.remediations.result(lapsed)).outcome).toBe('rejected');
  expect(bench.order.filter((who) => who.startsWith(revoked) || who.startsWith(lapsed))).toEqual([
    `${revoked}/revoked`,
  ]);
  expect(bench.clashes).toEqual([]);
});

test('an approval outlives neither a pause nor a worker that is down for longer than it is good for', async () => {
  const id = await started(labPlan([set('late', 1)], { approval: terms({ runWithin: '2s' }) }));
  const digest = await asked(id);
  await lab.remediations.pause(id, { by: 'bob' });
  await lab.remediations.approve(id, { by: 'ann', digest });
  await lab.stopWorker();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await lab.startWorker();
  await lab.remediations.resume(id, { by: 'bob' });
  expect(await asked(id, (why) => why.includes('and nothing had begun'))).toBe(digest);
  await lab.remediations.reject(id, { by: 'ann' });
  expect((await lab.remediations.result(id)).outcome).toBe('rejected');
  expect(world.read('late')).toBe(0);
});

test('revoked too late, the answer says what has begun; signed, a revocation counts where only that does', async () => {
  const id = await started(labPlan([set('slow', 1, { fault: 'hang' })], { approval: terms() }));
  const digest = await asked(id);
  await lab.remediations.approve(id, { by: 'ann', digest });
  await lab.until(id, ({ steps }) => steps[0]?.status === 'executing');
  const late = lab.remediations.revoke(id, { by: 'ann' });
  await expect(late).rejects.toThrow(/step slow has begun \(executing\): too late to revoke; abort/);
  await lab.remediations.abort(id, { by: 'ann' });
  expect((await lab.remediations.result(id)).outcome).toBe('aborted');

  const other = await started(labPlan([set('signed', 1)], { approval: terms({ groups: ['sre'] }) }));
  const approved = await asked(other);
  await lab.remediations.pause(other, { by: 'bob' });
  await lab.remediations.approve(other, { jws: await sign(other, approved, { groups: ['sre'] }) });
  await expect(lab.remediations.revoke(other, { by: 'eve' })).rejects.toThrow(/eve has not approved it; only members/);
  await lab.remediations.revoke(other, { jws: await sign(other, approved, { decision: 'revoke', groups: ['sre'] }) });
  await lab.remediations.resume(other, { by: 'bob' });
  await asked(other, (why) => why.startsWith('alice has revoked'));
  await lab.remediations.reject(other, { by: 'bob' });
  expect((await lab.remediations.result(other)).outcome).toBe('rejected');
});

test('approval and revocation sent in the same instant end in exactly one of the two', async () => {
  const runs = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => {
      const id = await started(labPlan([set(`race${n}`, 1)], { approval: terms() }));
      const digest = await asked(id);
      const handle = lab.client.workflow.getHandle(id);
      const [revoked] = await Promise.all([
        lab.remediations.revoke(id, { by: 'bob' }).then(
          () => true,
          () => false,
        ),
        handle.signal('approve', { by: 'ann', digest }),
      ]);
      // Revoked, it waits again; else it runs.
      if (revoked) {
        await asked(id, (why) => why.startsWith('bob has revoked'));
        expect(world.read(`race${n}`)).toBe(0);
        // A signal: the server refuses an update when a guard's answer comes in just as the run ends with it.
        await handle.signal('reject', { by: 'bob' });
      }
      return { name: `race${n}`, revoked, outcome: (await lab.remediations.result(id)).outcome };
    }),
  );
  for (const { name, revoked, outcome } of runs) {
    expect([outcome, world.read(name)]).toEqual(revoked ? ['rejected', 0] : ['succeeded', 1]);
  }
});

test('an override is previewed and put to the policies; its new digest runs it, and what they deny changes nothing', async () => {
  const id = await started(labPlan([set('over', 5)], { approval: terms() }));
  const digest = await asked(id);
  const params = (value: number) => [{ step: 'over', params: { name: 'over', value } }];
  await lab.remediations.override(id, { by: 'ann', changes: params(500) });
  const same = await asked(id, (why) => why.includes('denied by policy own/bounded'));
  expect(same).toBe(digest);
  await lab.remediations.override(id, { by: 'ann', changes: [{ step: 'over', params: { name: 7 } }] });
  expect(await asked(id, (why) => why.includes('PARAMS_INVALID'))).toBe(digest);
  await lab.remediations.override(id, { by: 'ann', changes: params(3), reason: 'five is too many' });
  const changed = await asked(id, (why) => why.startsWith('ann has changed the params of over'));
  expect((await lab.remediations.preview(id)).steps[0]?.diff).toEqual([{ path: '/over', before: 0, after: 3 }]);
  await expect(lab.remediations.approve(id, { by: 'bob', digest })).rejects.toThrow(/is not what is waiting/);
  await lab.remediations.approve(id, { by: 'bob', digest: changed });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
  expect(world.changes.filter((change) => change.startsWith('over='))).toEqual(['over=3']);
  const said = await facts(id, 'overridden');
  expect(said.at(-1)).toMatch(/^ann: over: .*"value":3.* instead of .*"value":5.*: five is too many/);
  expect(await facts(id, 'override_refused')).toHaveLength(2);
});

test('several steps are approved at once, or none of them', async () => {
  const steps = ['m1', 'm2'].map((name) => set(name, 1, { approval: terms() }));
  const id = await started(labPlan(steps));
  const { approvals } = await lab.until(id, (status) => status.approvals.length === 2);
  const [first, second] = approvals.map(({ digest, subject }) => ({
    digest,
    step: (subject as { step: string }).step,
  }));
  const half = { by: 'ann', ...first!, also: [{ ...second!, digest: first!.digest }] };
  await expect(lab.remediations.approve(id, half)).rejects.toThrow(/is not what is waiting/);
  const garbled = { by: 'ann', ...first!, also: [{ step: 'm2' }] } as never;
  await expect(lab.remediations.approve(id, garbled)).rejects.toThrow(/"also" must be a list/);
  expect(await facts(id, 'approved')).toEqual([]);
  await lab.remediations.approve(id, { by: 'ann', ...first!, also: [second!] });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
});

test('while nobody decides, a channel is told and the next people may approve', async () => {
  const approval = terms({
    ...{ groups: ['sre'], remindEvery: '2s', notify: 'chat' },
    escalation: [
      { after: '1s', groups: ['leads'] },
      { after: '3s', notify: 'nowhere' },
    ],
  });
  const plan = labPlan([set('esc', 1)], { approval });
  const id = await started(plan);
  await lab.until(id, ({ approvals }) => approvals[0]?.escalated === 2);
  expect(await facts(id, 'approval_escalated')).toEqual([
    '-: plan, stage 1 of 2; leads may approve it, too',
    '-: plan, stage 2 of 2',
  ]);
  const digest = await asked(id);
  await expect(lab.remediations.approve(id, { by: 'zoe', digest })).rejects.toThrow(/only members of sre, leads may/);
  const noted = (what: string) =>
    waitFor(
      () => facts(id, what),
      (found) => found.length > 0,
      { timeout: 60_000, what },
    );
  await noted('approval_reminder');
  expect((await noted('notify_failed'))[0]).toMatch(/^-: nowhere was not told about the approval of plan: there is no/);
  const titles = await waitFor(
    async () => told.filter((title) => title.startsWith(`${plan.metadata.name}: `)),
    (found) => found.some((title) => title.includes('leads')),
    { timeout: 60_000, what: 'the channel to be told' },
  );
  expect(titles).toContain(`${plan.metadata.name}: the approval of plan is asked for`);
  expect(titles).toContainEqual(
    expect.stringMatching(/has waited for a decision since .*; leads may approve it, too$/),
  );
  await lab.remediations.approve(id, { jws: await sign(id, digest, { by: 'zoe', groups: ['leads'] }) });
  expect((await lab.remediations.result(id)).outcome).toBe('succeeded');
});

test('whoever is asked in the end: no decision until the deadline means no', async () => {
  const escalation = [{ after: '1s', groups: ['leads'] }];
  const id = await started(labPlan([set('never', 1)], { approval: terms({ deadline: '2s', escalation }) }));
  expect((await lab.remediations.result(id)).outcome).toBe('expired');
  expect(world.read('never')).toBe(0);
});
