import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPolicy, parsePolicy } from './check';
import { strictest, type PolicyDecision, type PolicyMode, type PolicyVerdict } from './decision';
import { evaluatePolicy, type PolicySet } from './evaluate';
import type { PastRemediation, PolicyRequest, PolicyStep, PolicyWorld } from './request';
import type { Policy, PolicyRule } from './schema';
import { POLICY_VARIABLES } from './variables';

const packText = readFileSync(join(__dirname, '..', '..', 'policies', 'default.yaml'), 'utf8');

function pack(): Policy {
  const result = parsePolicy(packText);
  if (!result.ok) throw new Error(JSON.stringify(result.problems, undefined, 1));
  return result.policy;
}

function policy(rules: PolicyRule[], spec: Partial<Policy['spec']> = {}): PolicySet {
  const document = {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'p' },
    spec: { ...spec, rules },
  };
  const result = checkPolicy(document);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return { version: 'v', policies: [result.policy] };
}

function step(more: Partial<PolicyStep> = {}): PolicyStep {
  return {
    id: 'a',
    action: 'scale_deployment',
    executor: 'kubernetes',
    risk: 'low',
    disruption: 'none',
    reversibility: 'reversible',
    readOnly: false,
    params: {},
    target: { cluster: 'c', kind: 'Deployment', namespace: 'shop', name: 'web' },
    facts: { labels: {}, annotations: {}, namespaceLabels: {}, replicas: 2 },
    changes: [{ path: '/spec/replicas', after: 3 }],
    known: true,
    noEffect: false,
    count: 1,
    ...more,
  };
}

function request(steps: PolicyStep[], plan: Partial<PolicyRequest['plan']> = {}): PolicyRequest {
  const base = { name: 'p', reason: 'r', requester: 'ann', incident: '', labels: {}, cluster: 'c', automatic: false };
  return { plan: { ...base, ...plan }, steps };
}

const noon = Date.parse('2026-11-24T12:00:00Z');

function world(more: Partial<PolicyWorld> & { mode?: PolicyMode; environment?: string } = {}): PolicyWorld {
  return {
    now: noon,
    modeOf: () => more.mode ?? 'auto',
    environmentOf: () => more.environment ?? '',
    isOwn: (namespace) => namespace === 'sre-tools',
    history: new Map(),
    noSelfApproval: true,
    ...more,
  };
}

function rulesOf(decision: PolicyDecision): string[] {
  return decision.rules.map(({ rule, verdict }) => `${verdict} ${rule}`);
}

describe('the default pack', () => {
  const set: PolicySet = { version: 'v', policies: [pack()] };
  const ask = (steps: PolicyStep[], plan: Partial<PolicyRequest['plan']> = {}, of = world()) =>
    rulesOf(evaluatePolicy(set, request(steps, plan), of));
  const inNamespace = (namespace: string) => ({ cluster: 'c', kind: 'Deployment', namespace, name: 'x' });
  const automatic = { automatic: true, confidence: 0.9, requester: 'holmesgpt' };

  test('lets a person change a few replicas', () => {
    expect(ask([step()])).toEqual([]);
  });
  test.each(['kube-system', 'kube-public', 'kube-node-lease', 'kubernaut', 'sre-tools'])(
    'protects the namespace %s',
    (namespace) => {
      expect(ask([step({ target: inNamespace(namespace) })])).toEqual(['deny default/protected-namespaces']);
      const object = { cluster: 'c', kind: 'Namespace', name: namespace };
      expect(ask([step({ target: object })])).toEqual(['deny default/protected-namespace-objects']);
    },
  );
  test('lets read-only steps look into protected namespaces', () => {
    expect(ask([step({ readOnly: true, changes: [], target: inNamespace('kube-system') })])).toEqual([]);
    expect(ask([step({ readOnly: true, changes: [], target: inNamespace('sre-tools') })])).toEqual([]);
  });
  test('takes an object that is only called like the namespace that Kubernaut runs in for any other', () => {
    expect(ask([step({ target: { ...inNamespace('shop'), name: 'sre-tools' } })])).toEqual([]);
    expect(ask([step({ target: { cluster: 'c', kind: 'Node', name: 'sre-tools' } })])).toEqual([]);
  });
  test('denies what is labelled as not to be touched, by object or namespace', () => {
    const off = { 'kubernaut.dev/remediation': 'disabled' };
    const facts = { labels: {}, annotations: {}, namespaceLabels: {} };
    expect(ask([step({ facts: { ...facts, labels: off } })])).toEqual(['deny default/opted-out']);
    expect(ask([step({ facts: { ...facts, namespaceLabels: off } })])).toEqual(['deny default/opted-out']);
  });
  test('denies what is not known not to be labelled', () => {
    const decision = evaluatePolicy(set, request([step({ facts: undefined })]), world());
    expect(decision.verdict).toBe('deny');
    expect(decision.rules[0]!.reason).toContain('cannot be evaluated');
  });
  test('denies more than 110 replicas anywhere', () => {
    expect(ask([step({ changes: [{ path: '/spec/replicas', after: 110 }] })])).toEqual([]);
    expect(ask([step({ changes: [{ path: '/spec/replicas', after: 111 }] })])).toEqual([
      'deny default/far-too-many-replicas',
    ]);
  });
  test('asks for more than 20 replicas in production only', () => {
    const many = step({ changes: [{ path: '/spec/replicas', after: 21 }] });
    expect(ask([many])).toEqual([]);
    expect(ask([many], {}, world({ environment: 'production' }))).toEqual([
      'approval default/many-replicas-in-production',
    ]);
  });
  test('asks for destructive actions in production', () => {
    const destructive = step({ reversibility: 'irreversible', changes: [] });
    expect(ask([destructive])).toEqual([]);
    expect(ask([destructive], {}, world({ environment: 'production' }))).toEqual([
      'approval default/destructive-in-production',
    ]);
  });
  test('lets a machine go alone only with low risk and a confidence of 0.8', () => {
    expect(ask([step()], automatic)).toEqual([]);
    expect(ask([step({ risk: 'medium' })], automatic)).toEqual(['approval default/automatic-only-low-risk']);
    expect(ask([step()], { ...automatic, confidence: 0.79 })).toEqual([
      'approval default/automatic-only-with-confidence',
    ]);
    expect(ask([step()], { automatic: true })).toEqual(['approval default/automatic-only-with-confidence']);
  });
  test('asks after an automatic fix that did not hold', () => {
    const past: PastRemediation[] = [{ at: noon - 3_600_000, outcome: 'succeeded' }];
    const of = (at: number) => world({ history: new Map([['Deployment/shop/web', [{ ...past[0]!, at }]]]) });
    expect(ask([step()], automatic, of(noon - 3_600_000))).toEqual(['approval default/fix-did-not-hold']);
    expect(ask([step()], automatic, of(noon - 25 * 3_600_000))).toEqual([]);
  });
  test('asks before data may be lost', () => {
    expect(ask([step({ action: 'delete_pvc', changes: [] })])).toEqual(['approval default/force-and-claims']);
    expect(ask([step({ action: 'delete_pod', params: { force: true }, changes: [] })])).toHaveLength(1);
    expect(ask([step({ action: 'delete_pod', params: {}, changes: [] })])).toEqual([]);
  });
  test('severity never lowers a guard', () => {
    for (const severity of ['critical', 'warning', 'info', '']) {
      const labels = { severity };
      expect(ask([step({ target: inNamespace('kube-system') })], { labels })).toHaveLength(1);
      expect(ask([step({ risk: 'high' })], { ...automatic, labels })).toEqual([
        'approval default/automatic-only-low-risk',
      ]);
    }
  });
});

describe('variables', () => {
  const asked = step({
    ...{ id: 'grow', risk: 'medium', disruption: 'workload', reversibility: 'compensatable' },
    params: { replicas: 30 },
    changes: [{ path: '/spec/replicas', after: 30 }],
    facts: { labels: { tier: 'gold' }, annotations: { owner: 'ann' }, namespaceLabels: { team: 'shop' }, replicas: 2 },
  });
  const about: Partial<PolicyRequest['plan']> = {
    ...{ name: 'more', reason: 'load', requester: 'holmesgpt', incident: 'INC-1', cluster: 'c' },
    ...{ labels: { severity: 'critical', service: 'web' }, confidence: 0.7, automatic: true },
  };
  const past = { at: noon - 30 * 60_000, outcome: 'rolled_back' };
  const then = world({ environment: 'production', history: new Map([['Deployment/shop/web', [past]]]) });
  // The 24th of November 2026 is a Tuesday; at noon UTC it is 13:00 in Berlin.
  const facts: Record<string, Record<string, string>> = {
    plan: {
      ...{ name: '== "more"', reason: '== "load"', requester: '== "holmesgpt"', incident: '== "INC-1"' },
      ...{ labels: '["service"] == "web"', cluster: '== "c"', confidence: '== 0.7', automatic: '== true' },
      ...{ steps: '== 1', changing: '== 1', risk: '== "medium"', environment: '== "production"' },
    },
    incident: { id: '== "INC-1"', severity: '== "critical"', labels: '["service"] == "web"' },
    time: {
      ...{ date: '== "2026-11-24"', clock: '== "13:00"', hour: '== 13', minute: '== 0', weekday: '== "tue"' },
    },
    step: {
      ...{ id: '== "grow"', action: '== "scale_deployment"', executor: '== "kubernetes"', risk: '== "medium"' },
      ...{ disruption: '== "workload"', reversibility: '== "compensatable"', readOnly: '== false' },
      ...{ changesSomething: '== true', destructive: '== false', params: '.replicas == 30' },
      ...{ changes: '["/spec/replicas"] == 30', replicas: '== 30' },
    },
    target: {
      ...{ cluster: '== "c"', kind: '== "Deployment"', namespace: '== "shop"', name: '== "web"' },
      ...{ environment: '== "production"', labels: '["tier"] == "gold"', annotations: '["owner"] == "ann"' },
      ...{ namespaceLabels: '["team"] == "shop"', replicas: '== 2', own: '== false' },
    },
    history: {
      ...{
        total: '== 1',
        succeeded: '== 0',
        failed: '== 1',
        lastOutcome: '== "rolled_back"',
        minutesSinceLast: '== 30',
      },
    },
  };
  const cases = Object.entries(facts).flatMap(([root, fields]) =>
    Object.entries(fields).map(([name, test]) => [`${root}.${name}`, test] as const),
  );
  const verdict = (when: string) =>
    evaluatePolicy(
      policy([{ name: 'r', reason: 'r', when, timeZone: 'Europe/Berlin', deny: true }]),
      request([asked], about),
      then,
    );

  test('are all in the table below', () => {
    const documented = Object.entries(POLICY_VARIABLES).flatMap(([root, names]) =>
      names.map((name) => `${root}.${name}`),
    );
    expect(cases.map(([name]) => name).sort()).toEqual(documented.sort());
  });
  test.each(cases)('%s decides: %s', (name, holds) => {
    expect(verdict(`${name}${holds}`)).toMatchObject({ verdict: 'deny', rules: [{ reason: 'r' }] });
    // Nor is it a rule that always counts, such as one that cannot be evaluated.
    expect(verdict(`!(${name}${holds})`).verdict).toBe('allow');
  });
});

test('only what has opted in, by label of the object or of its namespace, is touched where a rule says so', () => {
  const label = '"kubernaut.dev/remediation"';
  const optedIn = (of: string) => `(${label} in ${of} && ${of}[${label}] == "enabled")`;
  const when = `step.changesSomething && !(${optedIn('target.labels')} || ${optedIn('target.namespaceLabels')})`;
  const set = policy([{ name: 'opted-in', reason: 'r', when, deny: true }]);
  const none = { labels: {}, annotations: {}, namespaceLabels: {} };
  const on = { 'kubernaut.dev/remediation': 'enabled' };
  const verdict = (facts: PolicyStep['facts']) => evaluatePolicy(set, request([step({ facts })]), world()).verdict;
  expect(verdict({ ...none, labels: on })).toBe('allow');
  expect(verdict({ ...none, namespaceLabels: on })).toBe('allow');
  expect(verdict(none)).toBe('deny');
  expect(verdict({ ...none, labels: { 'kubernaut.dev/remediation': 'yes' } })).toBe('deny');
  expect(verdict(undefined)).toBe('deny');
});

describe('modes', () => {
  const open = policy([{ name: 'fine', reason: 'r', when: 'step.risk == "low"', allow: true }]);
  const none = policy([{ name: 'never', reason: 'r', when: 'false', deny: true }]);
  const verdict = (set: PolicySet, mode: PolicyMode, steps: PolicyStep[]) =>
    evaluatePolicy(set, request(steps), world({ mode })).verdict;

  test('observe changes nothing, whatever is allowed; reading and telling people go on', () => {
    expect(verdict(open, 'observe', [step()])).toBe('observe');
    const harmless = [step({ readOnly: true }), step({ id: 'b', action: 'notification', executor: 'custom' })];
    expect(verdict(none, 'observe', harmless)).toBe('allow');
  });
  test('approve asks for every change that no rule allows', () => {
    expect(verdict(none, 'approve', [step()])).toBe('approval');
    expect(verdict(open, 'approve', [step()])).toBe('allow');
    expect(verdict(open, 'approve', [step(), step({ id: 'b', risk: 'high' })])).toBe('approval');
  });
  test('auto goes unless a rule stands against it', () => {
    expect(verdict(none, 'auto', [step()])).toBe('allow');
  });
});

describe('windows', () => {
  const freeze = (window: object) =>
    policy([{ name: 'freeze', reason: 'r', during: ['w'], deny: true }], {
      timeZone: 'Europe/Berlin',
      windows: [{ name: 'w', ...window }],
    } as never);
  const at = (set: PolicySet, time: string) =>
    evaluatePolicy(set, request([step()]), world({ now: Date.parse(time) })).verdict;

  test('follow the clocks of their zone, in summer and in winter', () => {
    const set = freeze({ from: '18:00', to: '20:00' });
    expect(at(set, '2026-07-01T16:00:00Z')).toBe('deny');
    expect(at(set, '2026-07-01T18:00:00Z')).toBe('allow');
    expect(at(set, '2026-12-01T16:59:00Z')).toBe('allow');
    expect(at(set, '2026-12-01T17:00:00Z')).toBe('deny');
  });
  test('over midnight belong to the day on which they begin', () => {
    const set = freeze({ days: ['fri'], from: '22:00', to: '06:00' });
    expect(at(set, '2026-11-27T21:30:00Z')).toBe('deny');
    expect(at(set, '2026-11-28T04:59:00Z')).toBe('deny');
    expect(at(set, '2026-11-28T05:00:00Z')).toBe('allow');
    expect(at(set, '2026-11-27T04:00:00Z')).toBe('allow');
  });
  test('of dates include the last day whole', () => {
    const set = freeze({ start: '2026-12-20', end: '2027-01-02' });
    expect(at(set, '2026-12-19T22:59:00Z')).toBe('allow');
    expect(at(set, '2026-12-19T23:00:00Z')).toBe('deny');
    expect(at(set, '2027-01-02T22:59:00Z')).toBe('deny');
    expect(at(set, '2027-01-02T23:00:00Z')).toBe('allow');
  });
  test('outside a maintenance window a rule can ask', () => {
    const set = policy([{ name: 'r', reason: 'r', outside: ['w'], approval: { quorum: 2 } }], {
      windows: [{ name: 'w', from: '01:00', to: '03:00' }],
    });
    expect(evaluatePolicy(set, request([step()]), world())).toMatchObject({
      verdict: 'approval',
      approval: { quorum: 2 },
    });
    expect(at(set, '2026-11-24T02:00:00Z')).toBe('allow');
  });
});

describe('limits', () => {
  test('count objects, namespaces and steps, and loops by what they may become', () => {
    const set = policy([{ name: 'blast', reason: 'r', limit: { maxTargets: 2, maxNamespaces: 1 } }]);
    const other = (id: string, namespace = 'shop') =>
      step({ id, target: { cluster: 'c', kind: 'Deployment', namespace, name: id } });
    const verdict = (steps: PolicyStep[]) => evaluatePolicy(set, request(steps), world()).verdict;
    expect(verdict([other('a'), other('b')])).toBe('allow');
    expect(verdict([other('a'), other('b'), other('c')])).toBe('deny');
    expect(verdict([other('a'), other('b', 'elsewhere')])).toBe('deny');
    expect(verdict([step({ count: 20, known: false })])).toBe('deny');
    expect(verdict([step(), step({ id: 'b' }), step({ id: 'c', readOnly: true })])).toBe('allow');
  });
});

test('a step that is known only later is denied for what is known, and otherwise decided in its turn', () => {
  const set = policy([
    { name: 'name', reason: 'r', when: 'step.action == "delete_pvc"', deny: true },
    { name: 'label', reason: 'r', when: 'target.labels["a"] == "b"', deny: true },
  ]);
  const later = (more: Partial<PolicyStep>) => step({ known: false, facts: undefined, changes: [], ...more });
  expect(rulesOf(evaluatePolicy(set, request([later({ action: 'delete_pvc' })]), world()))).toEqual(['deny p/name']);
  expect(evaluatePolicy(set, request([later({})]), world()).verdict).toBe('allow');
  expect(evaluatePolicy(set, { ...request([step({ facts: undefined })]), only: 'a' }, world()).verdict).toBe('deny');
});

test('terms of several rules are met together: the largest quorum, every group, the earliest deadline', () => {
  const set = policy([
    { name: 'a', reason: 'r', approval: { quorum: 2, groups: ['sre'], deadline: '30m' } },
    { name: 'b', reason: 'r', approval: { groups: ['dba'], deadline: '2h' } },
  ]);
  expect(evaluatePolicy(set, request([step()]), world()).approval).toEqual({
    quorum: 2,
    groups: ['dba', 'sre'],
    deadline: '30m',
  });
});

test('most restrictive wins: more rules never loosen, and an allow never loosens a deny or an approval of a rule', () => {
  const order: PolicyVerdict[] = ['allow', 'approval', 'observe', 'deny'];
  const rule = fc.record({
    when: fc.constantFrom('true', 'false', 'step.risk == "low"', 'target.labels["x"] == "y"', 'plan.automatic'),
    effect: fc.constantFrom<Partial<PolicyRule>>(
      { deny: true },
      { approval: {} },
      { allow: true },
      { limit: { maxReplicas: 2 } },
    ),
  });
  const made = (rules: { when: string; effect: Partial<PolicyRule> }[]) =>
    policy([
      { name: 'first', reason: 'r', when: 'false', deny: true },
      ...rules.map(({ when, effect }, n) => ({ name: `r${n}`, reason: 'r', when, ...effect }) as PolicyRule),
    ]);
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 5 }),
      rule,
      fc.constantFrom<PolicyMode>('observe', 'auto'),
      fc.boolean(),
      (rules, more, mode, known) => {
        const ask = (set: PolicySet) => evaluatePolicy(set, request([step({ known })]), world({ mode })).verdict;
        const before = ask(made(rules));
        const after = ask(made([...rules, more]));
        expect(order.indexOf(after)).toBeGreaterThanOrEqual(order.indexOf(before));
        expect(ask(made([...rules, { when: 'true', effect: { allow: true } }]))).toBe(before);
        expect(after).toBe(strictest([before, after]));
      },
    ),
    { numRuns: 300 },
  );
});

test('a broken policy is refused with every problem, its place and what to do', () => {
  const text = `apiVersion: kubernaut.dev/v1alpha1
kind: Policy
metadata: { name: broken }
spec:
  timeZone: Mars/Olympus
  rules:
    - name: one
      reason: r
      when: step.rsik == "low"
      deny: true
    - name: one
      reason: r
      during: [weekend]
      when: target.namespace +
      allow: true
      deny: true
    - name: two
      scope: plan
      reason: r
      when: target.name == "x"
      deny: true
`;
  const result = parsePolicy(text);
  if (result.ok) throw new Error('it is broken');
  expect(result.problems.map(({ line, path }) => `${line} ${path}`)).toEqual([
    '5 spec.timeZone',
    '9 spec.rules[0].when',
    '11 spec.rules[1]',
    '11 spec.rules[1].name',
    '13 spec.rules[1].during[0]',
    '14 spec.rules[1].when',
    '20 spec.rules[2].when',
  ]);
  expect(result.problems[1]).toMatchObject({
    message: 'there is no step.rsik',
    remedy: expect.stringContaining('risk'),
  });
  for (const { remedy } of result.problems) expect(remedy).not.toBe('');
});
