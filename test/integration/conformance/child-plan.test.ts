import { runConformance, type CheckId, type Finding, type PlanRunner } from '../../../activities/conformance';
import type { ActionDefinition } from '../../../activities/contract';
import { customActions } from '../../../activities/executors/custom';
import { conformance } from '../../../activities/executors/custom/run_plan.conformance';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { ActionRegistry } from '../../../activities/registry';
import { SUB_PLAN_ACTION } from '../../../plan/sub-plan';
import { testEnvironment } from '../../setup';
import { openPlanRunner } from './plan-runner';

function prove(change: Partial<ActionDefinition> = {}, plans?: PlanRunner): Promise<Finding[]> {
  const { kubeconfig, context, auditLogPath } = testEnvironment();
  const custom = customActions.map((action) => (action.name === SUB_PLAN_ACTION ? { ...action, ...change } : action));
  return runConformance({
    registry: new ActionRegistry().register(...custom, ...kubernetesActions),
    fixtures: [conformance],
    actions: [SUB_PLAN_ACTION],
    cluster: { kubeconfig, context },
    auditLogPath,
    ...(plans && { plans }),
  });
}

const finding = (findings: readonly Finding[], check: CheckId) => findings.find((each) => each.check === check);

test('a plan as a step is run, run again and undone by runs of a plan around it', async () => {
  const { runner, close } = await openPlanRunner();
  let findings: Finding[];
  try {
    findings = await prove({}, runner);
  } finally {
    await close();
  }
  expect(findings.filter(({ state }) => state === 'failed')).toEqual([]);
  expect(finding(findings, 'execute-once')).toMatchObject({
    state: 'passed',
    reason: expect.stringMatching(
      /^started twice: one child \(remediation\/conformance-\w+\/1\/sub\/plan\), 1 change$/,
    ),
  });
  expect(finding(findings, 'rollback-restores')).toMatchObject({
    state: 'passed',
    reason: 'rolled_back, after 2 changes',
  });
  const passed: CheckId[] = ['definition', 'validate-changes-nothing', 'verify-proves', 'rollback-twice', 'bad-params'];
  expect(passed.map((check) => finding(findings, check)?.state)).toEqual(passed.map(() => 'passed'));
});

test('without a Temporal server it says what could not be seen, and that nothing is claimed', async () => {
  const findings = await prove();
  expect(findings.filter(({ state }) => state === 'failed')).toEqual([]);
  expect(finding(findings, 'execute-once')).toMatchObject({
    state: 'not applicable',
    reason: expect.stringMatching(
      /for want of a Temporal server; called by itself it refuses: run_plan is carried out by/,
    ),
  });
});

test.each<[string, CheckId, Partial<ActionDefinition>]>([
  ['execute', 'execute-once', { execute: async () => ({ changed: true, summary: 'surely', data: {} }) }],
  ['verify', 'verify-proves', { verify: async () => ({ verified: true, summary: 'surely', data: {} }) }],
  ['rollback', 'rollback-restores', { rollback: async () => ({ changed: true, summary: 'surely', data: {} }) }],
])('an %s that claims what it has not done is noticed', async (_phase, check, change) => {
  expect(finding(await prove(change), check)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('not refused with PRECONDITION_FAILED'),
  });
});
