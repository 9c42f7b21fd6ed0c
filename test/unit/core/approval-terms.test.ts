import { checkPlan } from '../../../plan/check';
import { stricterApproval } from '../../../plan/policy/decision';
import { plan, step } from './world';
import { Talk, terms } from './talk';

describe('groups', () => {
  const document = plan([step('a')], { approval: terms({ groups: ['sre'] }) });

  test('who only claims to be somebody belongs to no group, and the refusal says so', () => {
    const run = new Talk(document).validated('a').approve('ann');
    expect(run.reply).toEqual({
      accepted: false,
      message:
        'only members of sre may approve it, and nobody vouches for the groups of ann: approval.identity is claimed here, so a decision counts for a group only when it is signed (approval.keys)',
    });
    expect(run.facts('approval_refused')).toHaveLength(1);
    expect(run.state.approvals).toMatchObject([{ signedOnly: true }]);
    const { digest } = run.state.approvals[0]!;
    const signature = { key: 'k', jti: '1', groups: ['dev'] };
    run.tell({ type: 'approve', by: 'ann', digest, signature });
    expect(run.reply?.message).toBe('ann belongs to none of the groups that may approve it (sre)');
    run.tell({ type: 'approve', by: 'ann', digest, signature: { ...signature, jti: '2', groups: ['sre'] } });
    expect(run.commands).toEqual(['execute a']);
  });

  test('a run that began before that was so keeps what held when it began', () => {
    expect(new Talk(document, { revision: 3 }).validated('a').approve('ann').commands).toEqual(['execute a']);
  });

  test('those of a policy stand alone: the plan cannot name its own beside them, nor have them come later', () => {
    const own = terms({ groups: ['mine'], escalation: [{ after: '1s', groups: ['mine'] }] });
    const both = stricterApproval(own, { groups: ['sre'], quorum: 2 }, (a) => a, 4);
    expect(both).toEqual({ ...terms(), groups: ['sre'], quorum: 2 });
  });
});

describe('several at once', () => {
  const asking = () => new Talk(plan(['a', 'b', 'c'].map((id) => step(id, { approval: terms() }))));
  const waiting = () => asking().validated('a').validated('b').validated('c');

  test('all that are named are approved', () => {
    const run = waiting();
    const [a, b] = run.state.approvals.map(({ digest, subject }) => ({
      digest,
      step: (subject as { step: string }).step,
    }));
    run.tell({ type: 'approve', by: 'ann', ...a!, also: [b!] });
    expect(run.reply?.message).toMatch(/^step:a [0-9a-f]{12}; step:b [0-9a-f]{12}$/);
    expect([run.commands, run.waiting]).toEqual([['execute a', 'execute b'], ['step:c']]);
    expect(run.facts('approved')).toHaveLength(2);
  });

  test('one that is refused keeps the others from counting', () => {
    const run = waiting();
    const a = run.state.approvals[0]!;
    const bad = [
      [{ digest: a.digest, step: 'b' }, /is not what is waiting/],
      [{ digest: a.digest, step: 'a' }, /step:a is named twice/],
      [{ digest: a.digest, step: 'x' }, /step x is not waiting/],
    ] as const;
    for (const [also, message] of bad) {
      run.tell({ type: 'approve', by: 'ann', digest: a.digest, step: 'a', also: [also] });
      expect(run.reply).toMatchObject({ accepted: false, message: expect.stringMatching(message) });
    }
    expect(run.waiting).toEqual(['step:a', 'step:b', 'step:c']);
  });
});

describe('escalation', () => {
  const escalation = [
    { after: '10m', groups: ['leads'] },
    { after: '20m', notify: 'pager' },
  ];
  const approval = terms({ groups: ['sre'], notify: 'chat', escalation });
  const run = () => new Talk(plan([step('a')], { approval })).validated('a');
  const told = (talk: Talk) => talk.last!.commands.flatMap((one) => (one.type === 'tell' ? [one] : []));
  const stage = (talk: Talk, at: number) =>
    talk.tell({ type: 'approval_escalated', key: 'plan', since: talk.state.approvals[0]!.since, stage: at });

  test('at each stage the next people may approve as well, and are told; the deadline stays', () => {
    const talk = run();
    expect(told(talk)).toMatchObject([
      { channel: 'chat', title: 'p: the approval of plan is asked for', severity: 'info' },
    ]);
    const { deadline } = talk.state.approvals[0]!;
    stage(talk.when(600_000), 0);
    expect(talk.state.approvals).toMatchObject([{ groups: ['sre', 'leads'], escalated: 1, deadline }]);
    expect(told(talk)).toMatchObject([{ channel: 'chat', severity: 'warning' }]);
    stage(talk.when(1_200_000), 1);
    expect(told(talk)).toMatchObject([{ channel: 'pager' }]);
    expect(told(talk.tell({ type: 'approval_reminder', key: 'plan' }))).toMatchObject([{ channel: 'pager' }]);
    expect(talk.facts('approval_escalated')).toEqual([
      '-: plan, stage 1 of 2; leads may approve it, too',
      '-: plan, stage 2 of 2',
    ]);
    const signature = { key: 'k', jti: '1', groups: ['leads'] };
    talk.tell({ type: 'approve', by: 'zoe', digest: talk.state.approvals[0]!.digest, signature });
    expect(talk.reply?.accepted).toBe(true);
    expect(talk.validated('a').commands).toEqual(['execute a']);
  });

  test('a stage counts once, in its turn, and only for the question it belongs to', () => {
    const talk = run();
    stage(talk, 1);
    stage(talk, 0);
    stage(talk, 0);
    talk.tell({ type: 'approval_escalated', key: 'plan', since: 'earlier', stage: 1 });
    expect(talk.facts('approval_escalated')).toHaveLength(1);
  });

  test('a channel that cannot be told is recorded, and changes nothing', () => {
    const talk = run();
    const before = talk.state.approvals;
    talk.tell({ type: 'told', channel: 'chat', about: 'plan', problem: { code: 'UNAVAILABLE', message: 'no answer' } });
    expect(talk.facts('notify_failed')).toEqual(['-: chat was not told about the approval of plan: no answer']);
    expect(talk.state.approvals).toEqual(before);
  });

  test('stages out of order, after the deadline or without a word are refused, all at once', () => {
    const bad = plan([step('a')], {
      approval: {
        ...terms({ deadline: '30m' }),
        escalation: [
          { after: '20m', groups: ['x'] },
          { after: '10m', groups: ['y'] },
          { after: '40m', groups: ['z'] },
        ],
      },
    });
    const result = checkPlan({
      ...bad,
      spec: {
        ...bad.spec,
        steps: [{ ...bad.spec.steps[0]!, approval: { ...terms(), escalation: [{ after: '5m' }] } }],
      },
    });
    expect(result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`)).toEqual(
      expect.arrayContaining([
        'spec.approval.escalation[1].after: the stage begins after 10m, not later than the one before it',
        'spec.approval.escalation[2].after: the stage begins after 40m, when the deadline 30m is over',
        expect.stringMatching(/^spec.steps\[0\].approval.*says nothing: give groups, notify or both/),
      ]),
    );
  });
});
