import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runInMemory } from '../../../client/cli/memory-io';
import type { BacktestIncident } from '../../../client/policy/backtest';
import type { RemediationPlan, Step } from '../../../plan/model';
import { createNamespace, kubectl, testEnvironment, waitFor } from '../../setup';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { createWorkload } from '../kubernetes/fixtures';
import { PolicyLab, policyText } from './policy-lab';

const rules = [
  { name: 'not-this-one', reason: 'It is ours', when: 'target.name == "denied"', deny: true },
  { name: 'big', reason: 'Big', when: 'has(step.replicas) && step.replicas > 5', approval: {} },
];
const workloads = ['free', 'asked', 'rejected', 'aborted', 'denied', 'twice', 'inner', 'templated'];
let on: PolicyLab;
let empty: Lab;
let namespace: string;
let folder: string;

const scale = (name: string, replicas: number | string, more: Partial<Step> = {}) =>
  k8sStep(more.id ?? name, 'scale_deployment', { kind: 'Deployment', namespace, name }, { replicas }, more);
const testPlan = (steps: Step[], metadata: Partial<RemediationPlan['metadata']> = {}): RemediationPlan => {
  const plan = labPlan(steps, { cluster: 'test' });
  return { ...plan, metadata: { ...plan.metadata, ...metadata } };
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubernaut-backtest-'));
  [on, empty, namespace] = await Promise.all([
    PolicyLab.open({ defaults: false }, rules),
    Lab.open({ actions: [], worker: false }),
    createNamespace('backtest'),
  ]);
  await Promise.all(workloads.map((name) => createWorkload(namespace, name, { replicas: 1 })));
  await Promise.all([
    succeeds(testPlan([scale('free', 2)])),
    decides(testPlan([scale('asked', 6)]), 'approve'),
    decides(testPlan([scale('rejected', 6)]), 'reject'),
    decides(testPlan([scale('aborted', 6)]), 'abort'),
    succeeds(testPlan([scale('denied', 2)]), 'blocked'),
    // Two remediations of one incident: the first by itself, the second asked for.
    succeeds(testPlan([scale('twice', 2)], { incident: 'INC-1' })).then(() =>
      decides(testPlan([scale('twice', 7)], { incident: 'INC-1' }), 'approve'),
    ),
    succeeds(testPlan([scale('templated', '${{ 4 }}')])),
    runsAnother(),
  ]);
  await foreign();
  // Dry runs are no remediations of the past.
  await on.lab.remediations.previewPlan(testPlan([scale('free', 3)]));
  await waitFor(
    () => on.lab.remediations.list({ limit: 100 }),
    (all) => all.filter(({ endedAt }) => endedAt !== undefined).length >= 12,
    { timeout: 30_000, what: 'all runs in the list' },
  );
});
afterAll(async () => {
  await Promise.all([on?.close(), empty?.close()]);
  if (namespace) await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  rmSync(folder, { recursive: true, force: true });
});

async function succeeds(plan: RemediationPlan, outcome = 'succeeded'): Promise<void> {
  const { id } = await on.lab.remediations.start(plan);
  expect((await on.lab.remediations.result(id)).outcome).toBe(outcome);
}

async function decides(plan: RemediationPlan, how: 'approve' | 'reject' | 'abort'): Promise<void> {
  const { remediations } = on.lab;
  const { id } = await remediations.start(plan);
  const { approvals } = await on.lab.until(id, (status) => status.approvals.length > 0);
  if (how === 'approve') await remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });
  else await remediations[how](id, { by: 'ann' });
  await remediations.result(id);
}

/** A plan within a plan: two workflows, one thing that was decided. */
async function runsAnother(): Promise<void> {
  const inner = testPlan([scale('inner', 2)]);
  const step = { ...scale('inner', 2), id: 'sub', action: 'run_plan', params: { plan: inner } } as unknown as Step;
  const { target: _, ...untargeted } = step;
  await succeeds(testPlan([untargeted as Step]));
}

/** Somebody else's workflow, of the same type by chance. */
async function foreign(): Promise<void> {
  const handle = await on.lab.client.workflow.start('remediation', {
    ...{ workflowId: 'somebody-elses', taskQueue: 'nobody', args: [{ hello: 'world' }] },
  });
  await handle.terminate('over');
}

/** `kubernaut policy backtest` with these policies. */
async function run(policy: object, files: Record<string, string> = {}, args: string[] = [], of = on.lab.namespace) {
  const place = join(folder, String(Math.random()).slice(2));
  mkdirSync(join(place, 'policies'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, 'policies', name), text);
  const settings = { clusters: [{ name: 'test', inCluster: true }], policy: { mode: 'auto', ...policy } };
  writeFileSync(join(place, 'kubernaut.yaml'), stringify(settings));
  const { temporalAddress } = testEnvironment();
  const where = ['--address', temporalAddress, '--namespace', of, '--config', join(place, 'kubernaut.yaml')];
  return runInMemory(['policy', 'backtest', ...where, ...args], {});
}

interface Report {
  version: string;
  now: object;
  was: object;
  incidents: BacktestIncident[];
}

/** By the Deployment that the first remediation is about, or by id. */
async function report(policy: object, files: Record<string, string> = {}): Promise<Report> {
  const { exitCode, stdout, stderr } = await run(policy, files, ['-o', 'json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Report;
}

const own = { 'own.yaml': policyText(rules) };
const files = { files: ['policies'], defaults: false };

test('policies that were in force then say what happened: automatic, asked (however it ended) and blocked', async () => {
  const { now, was, incidents, version } = await report(files, own);
  expect(was).toEqual({ automatic: 3, asked: 4, blocked: 1, unknown: 1 });
  expect(now).toEqual(was);
  expect(version).toMatch(/^sha256:/);
  expect(incidents.filter(({ was: then, now: again }) => then !== again)).toEqual([]);
  const outcomes = incidents.filter((one) => one.was === 'asked').map(({ outcome }) => outcome);
  expect(outcomes.sort()).toEqual(['aborted', 'rejected', 'succeeded', 'succeeded']);
  expect(incidents.find(({ was: then }) => then === 'blocked')).toMatchObject({
    ...{ outcome: 'blocked', rules: ['own/not-this-one'] },
  });
  const text = await run(files, own);
  expect(text.stdout).toContain('now  9 incidents: 3 automatic, 4 asked, 1 blocked, 1 unknown');
  expect(text.stdout).toContain('None would go another way.');
});

test('an incident with several remediations counts once, by the strictest; a plan within a plan belongs to the plan around it', async () => {
  const { incidents } = await report(files, own);
  const named = incidents.find(({ id }) => id === 'INC-1')!;
  expect(named).toMatchObject({ was: 'asked', now: 'asked', rules: ['own/big'], outcome: 'succeeded' });
  expect(named.remediations.map(({ was }) => was)).toEqual(['automatic', 'asked']);
  const nested = incidents.filter(({ remediations }) => remediations.some(({ id }) => id.includes('/sub')));
  expect(nested).toHaveLength(1);
  expect(nested[0]!.remediations).toHaveLength(2);
});

test('stricter policies block what went, looser ones let go what was asked, each by its rule and on demand one by one', async () => {
  const stricter = [
    ...rules,
    { name: 'four', reason: 'r', when: 'has(step.replicas) && step.replicas == 4', deny: true },
  ];
  const { now, incidents } = await report(files, { 'own.yaml': policyText(stricter) });
  expect(now).toEqual({ automatic: 2, asked: 4, blocked: 2, unknown: 1 });
  const differs = incidents.filter((one) => one.was !== one.now);
  expect(differs).toMatchObject([{ was: 'automatic', now: 'blocked', rules: ['own/four'], outcome: 'succeeded' }]);

  const loose = await run({ defaults: false });
  expect(loose.stdout).toContain('now  9 incidents: 8 automatic, 0 asked, 0 blocked, 1 unknown');
  expect(loose.stdout).toContain('was  9 incidents: 3 automatic, 4 asked, 1 blocked, 1 unknown');
  expect(loose.stdout.split('\n').filter((line) => / (asked|blocked) +automatic/.test(line))).toHaveLength(5);
  expect(loose.stdout).not.toContain('somebody-elses');
  const all = await run({ defaults: false }, {}, ['--all']);
  expect(all.stdout).toContain('INC-1 (2 remediations)');
  expect(all.stdout).toMatch(/somebody-elses .*terminated +unknown +unknown +there is no plan in its history/);

  const observed = await report({ mode: 'observe' });
  expect(observed.now).toMatchObject({ blocked: 8, automatic: 0 });
});

test('what happened later is no history of what came before', async () => {
  const rule = { name: 'again', reason: 'r', when: 'step.changesSomething && history.total > 0', approval: {} };
  const { incidents } = await report(files, { 'own.yaml': policyText([rule]) });
  const { remediations } = incidents.find(({ id }) => id === 'INC-1')!;
  expect(remediations.map(({ now }) => now)).toEqual(['automatic', 'asked']);
});

test('broken policies are named before anything is read; without past remediations it says so', async () => {
  const broken = await run(files, { 'own.yaml': policyText([{ ...rules[0], deny: 'maybe' }]) });
  expect(broken.exitCode).toBe(2);
  expect(broken.stderr).toMatch(/own\.yaml:\d+:\d+ spec\.rules\[0\]\.deny/);
  const none = await run({}, {}, [], empty.namespace);
  expect(none).toMatchObject({ exitCode: 0, stdout: 'There are no past remediations here to ask about.\n' });
  const limited = await run(files, own, ['--limit', '0']);
  expect(limited).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('whole number') });
});
