import type { PolicyDecision } from '../../../plan/policy/decision';
import { actions, plan, step } from './world';
import { Talk, terms } from './talk';

const document = () => plan([step('a', { params: { replicas: 5 } }), step('b')], { approval: terms({ quorum: 2 }) });
const changes = [{ step: 'a', params: { replicas: 3 } }];

function waiting(): Talk {
  return new Talk(document()).validated('a').validated('b').approve('ann');
}

test('other params are previewed, have a digest of their own, and void what was approved before', () => {
  const run = waiting();
  const { digest } = run.state.approvals[0]!;
  run.tell({ type: 'override', by: 'bob', changes, reason: 'five is too many' });
  expect(run.reply).toEqual({
    accepted: true,
    message: 'a: {"replicas":3} instead of {"replicas":5}: five is too many; approve the digest of the new preview',
  });
  expect([run.commands, run.waiting]).toEqual([['validate a', 'validate b'], []]);
  expect(run.state.steps['a']?.params).toEqual({ replicas: 3 });
  run.validated('a', 3).validated('b');
  const [now] = run.state.approvals;
  expect(now).toMatchObject({ why: 'bob has changed the params of a; the plan requires it', quorum: 2 });
  expect(now).not.toHaveProperty('approvers');
  run.tell({ type: 'approve', by: 'ann', digest });
  expect(run.reply?.message).toMatch(/is not what is waiting/);
  expect(run.approve('ann').approve('bob').commands).toEqual(['execute a', 'execute b']);
});

test('params that cannot be are refused with the reason, and the plan waits as it was', () => {
  const run = waiting();
  const { digest } = run.state.approvals[0]!;
  run.tell({ type: 'override', by: 'bob', changes });
  run
    .tell({ type: 'failed', step: 'a', problem: { code: 'PARAMS_INVALID', message: 'replicas: too few' } })
    .validated('b');
  expect(run.facts('override_refused')).toEqual([
    'bob: the params that bob gave to step a are refused: step a: PARAMS_INVALID: step a: replicas: too few'.replace(
      'step a: PARAMS_INVALID',
      'PARAMS_INVALID',
    ),
  ]);
  expect([run.state.steps['a']?.params, run.commands]).toEqual([{ replicas: 5 }, ['validate a', 'validate b']]);
  run.validated('a').validated('b');
  expect(run.state.approvals).toMatchObject([{ digest }]);
});

describe('policies are asked about what was changed', () => {
  const decision = (verdict: PolicyDecision['verdict']): PolicyDecision => ({
    ...{ verdict, mode: 'auto', version: 'sha256:0', noSelfApproval: false },
    rules: [{ rule: 'p/r', verdict, reason: 'no' }],
    steps: { a: { verdict }, b: { verdict } },
  });

  test('a denial leaves the plan as it was', () => {
    const run = new Talk(document(), { policy: true }).validated('a').validated('b');
    run.tell({ type: 'policy_decided', decision: decision('allow') });
    run.tell({ type: 'override', by: 'bob', changes }).validated('a', 3).validated('b');
    expect(run.commands).toEqual(['evaluate_policy']);
    run.tell({ type: 'policy_decided', decision: decision('deny') });
    expect(run.facts('override_refused')).toEqual([expect.stringMatching(/^bob: .*denied by policy p\/r: no$/)]);
    run
      .validated('a')
      .validated('b')
      .tell({ type: 'policy_decided', decision: decision('allow') });
    expect([run.waiting, run.state.steps['a']?.params]).toEqual([['plan'], { replicas: 5 }]);
  });

  test('a step that waits for its own approval is put to them, too, and goes back when they deny it', () => {
    const run = new Talk(plan([step('a', { params: { replicas: 5 }, approval: terms() })]), { policy: true }).validated(
      'a',
    );
    const only = (verdict: PolicyDecision['verdict']) => ({ ...decision(verdict), steps: { a: { verdict } } });
    run.tell({ type: 'policy_decided', decision: only('allow') });
    expect(run.waiting).toEqual(['step:a']);
    run.tell({ type: 'override', by: 'bob', changes }).validated('a', 3);
    expect(run.commands).toEqual(['evaluate_policy a']);
    run.tell({ type: 'policy_decided', step: 'a', decision: only('deny') });
    expect([run.commands, run.state.stop]).toEqual([['validate a'], undefined]);
    run.validated('a');
    expect(run.state.approvals).toMatchObject([
      { why: expect.stringMatching(/^the params that bob gave .* are refused: /) },
    ]);
  });
});

test('a step whose params are known only later runs with those given', () => {
  const params = { replicas: '${{ steps.a.evidence.value }}' };
  const run = new Talk(plan([step('a'), step('b', { params, dependsOn: ['a'] })], { approval: terms() })).validated(
    'a',
  );
  const { digest } = run.state.approvals[0]!;
  run.tell({ type: 'override', by: 'bob', changes: [{ step: 'b', params: { replicas: 2 } }] }).validated('a');
  expect(run.state.approvals[0]!.digest).not.toBe(digest);
  run.approve();
  run.tell({ type: 'executed', step: 'a', effect: { changed: true, summary: '', data: {} } });
  run.tell({ type: 'verified', step: 'a', evidence: { verified: true, summary: '', data: { value: 9 } } });
  expect([run.commands, run.state.steps['b']?.params]).toEqual([['validate b'], { replicas: 2 }]);
  expect(run.validated('b').commands).toEqual(['execute b']);
});

test('what makes no sense is refused, and nothing is changed', () => {
  const loop = { in: [1], as: 'item', max: 5, parallel: false };
  const steps = [step('a', { params: { n: 1 } }), step('loop', { forEach: loop })];
  const cases: [object[], RegExp][] = [
    [[{ step: 'x', params: {} }], /there is no step x; there are a, loop/],
    [[{ step: 'a', params: { n: 1 } }], /step a has these params already/],
    [[{ step: 'a', params: { n: '${{ plan.name }}' } }], /hold a template: give the values/],
    [
      [
        { step: 'a', params: { n: 2 } },
        { step: 'a', params: { n: 3 } },
      ],
      /named twice/,
    ],
    [[{ step: 'loop', params: {} }], /is run for each item/],
  ];
  for (const [given, message] of cases) {
    const run = new Talk(plan(steps, { approval: terms() })).validated('a').validated('loop/0');
    const before = run.state.approvals;
    run.tell({ type: 'override', by: 'bob', changes: given as never });
    expect(run.reply).toMatchObject({ accepted: false, message: expect.stringMatching(message) });
    expect(run.state.approvals).toEqual(before);
  }
  const running = new Talk(plan([step('a')])).validated('a').tell({ type: 'override', by: 'bob', changes });
  expect(running.reply?.message).toMatch(/step a is executing: only params of what waits/);
  expect(actions['scale']).toBeDefined();
});

describe('where only signed decisions count', () => {
  const verified = () => new Talk(document(), { verifiedOnly: true }).validated('a').validated('b');
  const signature = { key: 'bridge', jti: 'j1', groups: [] };

  test('params that somebody only claims to change are refused, and that they tried is recorded', () => {
    const run = verified().tell({ type: 'override', by: 'mallory', changes });
    const why = 'only signed decisions count here (approval.identity: verified)';
    expect(run.reply).toEqual({ accepted: false, message: why });
    expect(run.facts('override_refused')).toEqual([`mallory: ${why}`]);
    expect([run.commands, run.waiting, run.state.steps['a']?.params]).toEqual([[], ['plan'], { replicas: 5 }]);
  });

  test('a run that began before that goes on as it did', () => {
    const run = new Talk(document(), { verifiedOnly: true, revision: 4 }).validated('a').validated('b');
    expect(run.tell({ type: 'override', by: 'bob', changes }).reply?.accepted).toBe(true);
  });

  test('a signed change counts once, says so, and is about the preview that was looked at', () => {
    const run = verified();
    const { digest } = run.state.approvals[0]!;
    run.tell({ type: 'override', by: 'bob', changes, digest: 'sha256:000000000000', signature });
    expect(run.reply).toMatchObject({ accepted: false, message: expect.stringMatching(/is not what is waiting/) });
    run.tell({ type: 'override', by: 'bob', changes, digest, signature });
    expect(run.reply).toMatchObject({
      accepted: true,
      message: expect.stringMatching(/, signed with bridge; approve/),
    });
    run.validated('a', 3).validated('b');
    const again = [{ step: 'a', params: { replicas: 9 } }];
    run.tell({ type: 'override', by: 'bob', changes: again, digest: run.state.approvals[0]!.digest, signature });
    expect(run.reply).toEqual({ accepted: false, message: 'this signed decision has been used already' });
    expect(run.state.steps['a']?.params).toEqual({ replicas: 3 });
  });
});
