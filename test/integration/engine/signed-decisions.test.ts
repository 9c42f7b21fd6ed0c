import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { approvalSchema } from '../../../config/sections/approval';
import type { DecisionClaims } from '../../../plan/decision/signed-decision';
import { digestOf } from '../../../plan/digest';
import { signDecision } from '../../../client/sign-decision';
import { labActions, LabWorld } from './lab-actions';
import { Lab } from './lab';
import { labPlan, set } from './lab-plan';

const terms = { required: true, deadline: '60m', remindEvery: '15m' };
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' });
const world = new LabWorld();
let lab: Lab;

beforeAll(async () => {
  const approval = approvalSchema.parse({ identity: 'verified', keys: [{ id: 'bridge', publicKey: pem(publicKey) }] });
  lab = await Lab.open({ actions: labActions(world), approval });
});
afterAll(() => lab?.close());

/** A run that waits for the approval of its only step. */
async function waiting(name: string, more: object = {}) {
  const { id } = await lab.remediations.start(labPlan([set(name, 1)], { approval: { ...terms, ...more } }));
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  return { id, digest: approvals[0]!.digest };
}

function sign({ id, digest }: { id: string; digest: string }, more: Partial<DecisionClaims> = {}) {
  return signDecision({ key: privateKey }, { by: 'alice', workflow: id, digest, decision: 'approve', ...more });
}

const refusals = async (id: string) =>
  (await lab.remediations.facts(id))
    .filter(({ what }) => what.endsWith('_refused'))
    .map(({ by, detail }) => [by, detail]);

test('only a signed decision counts: what is claimed is refused and recorded, and nothing is done', async () => {
  const run = await waiting('a');
  await expect(lab.remediations.approve(run.id, { by: 'alice', digest: run.digest })).rejects.toThrow(
    /only signed decisions/,
  );
  await expect(lab.remediations.reject(run.id, { by: 'mallory' })).rejects.toThrow(/only signed decisions/);
  expect(world.read('a')).toBe(0);
  expect(await refusals(run.id)).toEqual([
    ['alice', expect.stringMatching(/approval.identity: verified/)],
    ['mallory', expect.stringMatching(/approval.identity: verified/)],
  ]);
  await lab.remediations.approve(run.id, { jws: await sign(run) });
  expect((await lab.remediations.result(run.id)).outcome).toBe('succeeded');
  const approved = (await lab.remediations.facts(run.id)).find(({ what }) => what === 'approved');
  expect(approved).toMatchObject({ by: 'alice', detail: expect.stringMatching(/signed with bridge/) });
});

test('a signed decision about another run, another preview or of an unknown key is refused, by update and by signal', async () => {
  const run = await waiting('b');
  const stranger = { key: generateKeyPairSync('ed25519').privateKey };
  const other = { by: 'eve', workflow: run.id, digest: run.digest, decision: 'approve' } as const;
  const refused: [string, RegExp][] = [
    [await sign({ ...run, id: 'remediation/other/1' }), /about another remediation/],
    [await sign({ ...run, digest: 'sha256:000000000000' }), /is not what is waiting/],
    [await signDecision(stranger, other), /fits none of the configured keys/],
    ['nonsense', /not a compact JWS/],
  ];
  for (const [jws, reason] of refused) {
    await expect(lab.remediations.approve(run.id, { jws })).rejects.toThrow(reason);
  }
  const handle = lab.client.workflow.getHandle(run.id);
  await handle.signal('approve', { jws: await signDecision(stranger, other) });
  await lab.until(run.id, () => true);
  await handle.signal('reject', { jws: await sign(run, { decision: 'reject', reason: 'no' }) });
  expect(await lab.remediations.result(run.id)).toMatchObject({
    outcome: 'rejected',
    reason: expect.stringMatching(/alice/),
  });
  expect((await refusals(run.id)).map(([, detail]) => detail)).toHaveLength(5);
  expect(world.read('b')).toBe(0);
});

test('groups are those that are signed for, a quorum is of different persons, and no decision counts twice', async () => {
  const run = await waiting('c', { quorum: 2, groups: ['sre'] });
  await expect(lab.remediations.approve(run.id, { jws: await sign(run, { by: 'mallory' }) })).rejects.toThrow(
    /belongs to none of the groups that may approve it \(sre\)/,
  );
  const alice = await sign(run, { groups: ['sre'] });
  await lab.remediations.approve(run.id, { jws: alice });
  await expect(lab.remediations.approve(run.id, { jws: alice })).rejects.toThrow(/has been used already/);
  await expect(lab.remediations.approve(run.id, { jws: await sign(run, { groups: ['sre'] }) })).rejects.toThrow(
    /alice has approved already/,
  );
  expect(world.read('c')).toBe(0);
  await lab.remediations.approve(run.id, { jws: await sign(run, { by: 'bob', groups: ['dev', 'sre'] }) });
  expect((await lab.remediations.result(run.id)).outcome).toBe('succeeded');
});

test('params are changed by a signature over exactly these changes; others beside it, and none at all, are refused', async () => {
  const run = await waiting('d');
  const changes = [{ step: 'd', params: { name: 'd', value: 7 } }];
  const others = [{ step: 'd', params: { name: 'd', value: 9000 } }];
  const jws = await sign(run, { decision: 'override', changes: digestOf(changes) });
  await expect(lab.remediations.override(run.id, { by: 'alice', changes })).rejects.toThrow(/only signed decisions/);
  await expect(lab.remediations.override(run.id, { jws, changes: others })).rejects.toThrow(/about other changes/);
  await expect(lab.remediations.approve(run.id, { jws })).rejects.toThrow(/says override/);
  expect(await lab.remediations.override(run.id, { jws, changes })).toMatch(/signed with bridge; approve the digest/);
  const { approvals } = await lab.until(run.id, (status) =>
    status.approvals.some(({ digest }) => digest !== run.digest),
  );
  await lab.remediations.approve(run.id, { jws: await sign({ ...run, digest: approvals[0]!.digest }) });
  expect(await lab.remediations.result(run.id)).toMatchObject({ outcome: 'succeeded' });
  expect(world.read('d')).toBe(7);
  expect((await refusals(run.id)).map(([by]) => by)).toEqual(['alice', 'alice', 'alice']);
});
