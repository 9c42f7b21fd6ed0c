import { z } from 'zod';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { planCheck } from '../../activities/plan-check';
import type { ActionRegistry } from '../../activities/registry';
import { initialState } from '../../plan/core/initial';
import { policyRequest } from '../../plan/core/policy';
import { ENGINE_REVISION, runContext } from '../../plan/core/state';
import { KubernautError } from '../../plan/errors';
import type { Json, JsonObject } from '../../plan/json';
import { PolicyMode, type PolicyDecision } from '../../plan/policy/decision';
import { evaluatePolicy, type PolicySet } from '../../plan/policy/evaluate';

const text = z.record(z.string(), z.string());
const facts = z.strictObject({
  labels: text.default({}),
  annotations: text.default({}),
  namespaceLabels: text.default({}),
  replicas: z.int().min(0).optional(),
  /** What the step would change, by JSON pointer: `/spec/replicas: 21`. */
  changes: z.record(z.string(), z.any()).default({}),
});

const testCase = z.strictObject({
  name: z.string().min(1),
  /** A plan document. */
  plan: z.record(z.string(), z.any()),
  /** By step. Default: no labels, nothing is changed that a rule could see. */
  facts: z.record(z.string(), facts).default({}),
  /** ISO 8601. */
  time: z.iso.datetime({ offset: true }).default('2026-01-05T12:00:00Z'),
  environment: z.string().default(''),
  /** Where Kubernaut itself runs. */
  ownNamespaces: z.array(z.string()).default([]),
  mode: z.enum(PolicyMode).default(PolicyMode.auto),
  /** By target: `Deployment/shop/web`. */
  history: z
    .record(z.string(), z.array(z.strictObject({ minutesAgo: z.int().min(0), outcome: z.string() })))
    .default({}),
  expect: z.strictObject({
    verdict: z.enum(['allow', 'approval', 'observe', 'deny']),
    /** Rules that must be among those that decided. */
    rules: z.array(z.string()).default([]),
  }),
});

const testFile = z.strictObject({
  apiVersion: z.literal('kubernaut.dev/v1alpha1'),
  kind: z.literal('PolicyTest'),
  cases: z.array(testCase).min(1),
});

export type PolicyTestCase = z.output<typeof testCase>;

export interface PolicyTestResult {
  name: string;
  passed: boolean;
  expected: string;
  got: string;
  rules: string[];
}

/** @throws {KubernautError} `POLICY_INVALID` with every problem of the file */
export function readPolicyTests(file: string): PolicyTestCase[] {
  const result = testFile.safeParse(parse(readFileSync(file, 'utf8')));
  if (result.success) return result.data.cases;
  const lines = result.error.issues.map(({ path, message }) => `  ${path.map(String).join('.')}: ${message}`);
  throw new KubernautError('POLICY_INVALID', [`${file} is no PolicyTest:`, ...lines].join('\n'));
}

/** Asks the policies about the plan of a case, with what the case says the preview would find. */
export function runPolicyTest(set: PolicySet, test: PolicyTestCase, registry: ActionRegistry): PolicyTestResult {
  const { verdict, rules } = decide(set, test, registry);
  const names = [...new Set(rules.map(({ rule }) => rule))];
  const passed = verdict === test.expect.verdict && test.expect.rules.every((rule) => names.includes(rule));
  const expected = [test.expect.verdict, ...test.expect.rules].join(' ');
  return { name: test.name, passed, expected, got: verdict, rules: names };
}

function decide(set: PolicySet, test: PolicyTestCase, registry: ActionRegistry): PolicyDecision {
  const check = planCheck(registry, test.plan);
  if (!check.ok) {
    const lines = check.problems.map(({ message }) => `  ${message}`);
    throw new KubernautError('PLAN_INVALID', [`the plan of ${test.name} is not valid:`, ...lines].join('\n'));
  }
  const run = runContext(check.plan, check.actions, { revision: ENGINE_REVISION, policy: true });
  const state = initialState(run);
  for (const [id, step] of Object.entries(state.steps)) {
    const { changes = {}, ...known } = test.facts[id] ?? { labels: {}, annotations: {}, namespaceLabels: {} };
    const diff = Object.entries(changes as JsonObject).map(([path, after]) => ({ path, after: after as Json }));
    const summary = `changes of ${id}`;
    step.validation = { before: {}, diff, warnings: [], summary, noEffect: false, facts: known };
    step.inTurn = true;
  }
  const now = Date.parse(test.time);
  const history = new Map(
    Object.entries(test.history).map(([target, past]) => [
      target,
      past.map(({ minutesAgo, outcome }) => ({ at: now - minutesAgo * 60_000, outcome })),
    ]),
  );
  return evaluatePolicy(set, policyRequest(run, state), {
    now,
    history,
    modeOf: () => test.mode,
    environmentOf: () => test.environment,
    isOwn: (namespace) => test.ownNamespaces.includes(namespace),
    noSelfApproval: true,
  });
}
