import { plan, step } from './world';
import { Talk, terms } from './talk';

const two = () => plan([step('look', { action: 'look' }), step('a')], { approval: terms() });

/** Paused before the approval, so that nothing begins. */
function approvedWhilePaused(document = two(), more = {}): Talk {
  const run = new Talk(document, more);
  for (const { id } of document.spec.steps) run.validated(id);
  return run.tell({ type: 'pause', by: 'bob' }).approve();
}

test('a revoked approval is asked for again, of a new preview, and the old one counts no more', () => {
  const run = approvedWhilePaused();
  const [before] = run.state.granted!;
  expect(before).toMatchObject({ subject: { kind: 'plan' }, by: ['ann'] });
  run.when(1000).tell({ type: 'revoke', by: 'ann', reason: 'wrong cluster' });
  expect(run.reply).toMatchObject({
    accepted: true,
    message: expect.stringMatching(/^plan [0-9a-f]{12}, approved by ann: wrong/),
  });
  // Nobody is asked about what cannot go on.
  expect([run.waiting, run.state.phase]).toEqual([[], 'preparing']);
  run.tell({ type: 'resume', by: 'bob' });
  expect(run.commands).toEqual(['validate look', 'validate a']);
  run.validated('look').validated('a', 7);
  expect(run.state.approvals).toMatchObject([
    { why: 'ann has revoked the approval: wrong cluster; the plan requires it' },
  ]);
  run.tell({ type: 'approve', by: 'ann', digest: before!.digest });
  expect(run.reply?.message).toMatch(/is not what is waiting/);
  expect(run.approve('carl').commands).toEqual(['execute look', 'execute a']);
});

test('once a step that changes something has begun it is too late, and the answer says which and what to do', () => {
  const run = new Talk(two()).validated('look').validated('a').approve();
  run.tell({ type: 'revoke', by: 'ann' });
  expect(run.reply).toEqual({
    accepted: false,
    message: 'step a has begun (executing): too late to revoke; abort the remediation, which takes back what was done',
  });
  expect(run.facts('revoke_refused')).toHaveLength(1);
  expect(run.state.granted).toBeDefined();
  run.tell({ type: 'executed', step: 'a', effect: { changed: false, summary: '', data: {} } });
  expect(run.state.granted).toBeUndefined();
});

test('a step that only reads is no beginning; what it has found stays', () => {
  const document = plan([step('look', { action: 'look' }), step('a', { dependsOn: ['look'] })], { approval: terms() });
  const run = new Talk(document).validated('look').validated('a').approve();
  expect(run.commands).toEqual(['execute look']);
  run.tell({ type: 'revoke', by: 'ann' });
  expect(run.reply?.accepted).toBe(true);
  // Asked when nothing is under way any more.
  expect([run.commands, run.waiting]).toEqual([['validate a'], []]);
  run.validated('a');
  run.tell({ type: 'executed', step: 'look', effect: { changed: false, summary: '', data: {} } });
  run.tell({ type: 'verified', step: 'look', evidence: { verified: true, summary: '', data: {} } });
  expect(run.waiting).toEqual(['plan']);
  expect(run.approve().commands).toEqual(['execute a']);
});

test('of a quorum a person takes back the own vote; somebody else voids them all', () => {
  const run = new Talk(plan([step('a')], { approval: terms({ quorum: 3 }) })).validated('a');
  run.approve('ann').approve('bob').tell({ type: 'revoke', by: 'Ann ' });
  expect(run.state.approvals[0]?.approvers).toEqual(['bob']);
  run.approve('carl').tell({ type: 'revoke', by: 'eve' });
  expect(run.state.approvals[0]).not.toHaveProperty('approvers');
  run.tell({ type: 'revoke', by: 'eve' });
  expect(run.reply?.message).toBe('nothing has been approved that could be revoked');
});

test('the approval of a step is its own', () => {
  const run = new Talk(plan([step('a', { approval: terms() }), step('b', { approval: terms() })]));
  run.validated('a').validated('b').tell({ type: 'pause', by: 'bob' });
  for (const one of run.state.approvals) run.approve('ann', one);
  run.tell({ type: 'revoke', by: 'ann' });
  expect(run.reply?.message).toMatch(/several approvals can be revoked \(step:a, step:b\): name the step/);
  run.tell({ type: 'revoke', by: 'ann', step: 'c' });
  expect(run.reply?.message).toBe('there is no step c');
  run.tell({ type: 'revoke', by: 'ann', step: 'b' }).tell({ type: 'resume', by: 'bob' });
  expect(run.commands).toEqual(['execute a', 'validate b']);
  run.validated('b');
  expect(run.waiting).toEqual(['step:b']);
  expect(run.approve().commands).toEqual(['execute b']);
});

test('signed and unsigned: whose word counts, and about which digest', () => {
  const signature = (groups: string[], jti: string) => ({ key: 'k', jti, groups });
  const run = new Talk(plan([step('a')], { approval: terms({ groups: ['sre'] }) }), { verifiedOnly: true }).validated(
    'a',
  );
  run.tell({ type: 'pause', by: 'bob' });
  const { digest } = run.state.approvals[0]!;
  run.tell({ type: 'approve', by: 'ann', digest, signature: signature(['sre'], '1') });
  const answers = [
    { by: 'ann' },
    { by: 'eve', digest, signature: signature(['dev'], '2') },
    { by: 'ann', digest: 'sha256:000000000000', signature: signature([], '3') },
    { by: 'ann', digest, signature: signature([], '4') },
  ].map((more) => run.tell({ type: 'revoke', ...more }).reply?.message);
  expect(answers).toEqual([
    expect.stringMatching(/only signed decisions count/),
    expect.stringMatching(/eve has not approved it; eve belongs to none of the groups/),
    expect.stringMatching(/is not what was approved/),
    expect.stringMatching(/^plan .*signed with k$/),
  ]);
});

test('approval and revocation in the same instant: what was revoked does not run, what runs was not revoked', () => {
  const late = new Talk(two()).validated('look').validated('a').approve().tell({ type: 'revoke', by: 'ann' });
  expect([late.reply?.accepted, late.state.phase]).toEqual([false, 'running']);
  const early = new Talk(two()).validated('look').validated('a').tell({ type: 'revoke', by: 'ann' });
  expect([early.reply?.accepted, early.approve().commands]).toEqual([false, ['execute look', 'execute a']]);
});

describe('runWithin', () => {
  const short = (more = {}) => plan([step('a')], { approval: terms({ runWithin: '30m', ...more }) });
  const end = 1_800_000;

  test('an approval on which nothing has begun in time is asked for again', () => {
    const run = approvedWhilePaused(short());
    const { until = '' } = run.state.granted![0]!;
    expect(until).toBe(new Date(end).toISOString());
    run.when(end).tell({ type: 'approval_lapsed', key: 'plan', until });
    expect(run.facts('approval_lapsed')).toEqual([
      expect.stringMatching(/^-: the approval of plan .* by ann was good until/),
    ]);
    run.tell({ type: 'resume', by: 'bob' }).validated('a');
    expect(run.waiting).toEqual(['plan']);
    expect(run.approve().commands).toEqual(['execute a']);
  });

  test('a late timer makes no difference: at its time the approval is stale', () => {
    const run = approvedWhilePaused(short());
    run.when(end).tell({ type: 'resume', by: 'bob' });
    expect(run.commands).toEqual(['validate a']);
    run.validated('a');
    // Now the time is over: asked again, of one more preview.
    expect([run.commands, run.waiting]).toEqual([['validate a'], []]);
    expect(run.validated('a').waiting).toEqual(['plan']);
    run.tell({ type: 'approval_lapsed', key: 'plan', until: new Date(end).toISOString() });
    expect(run.waiting).toEqual(['plan']);
  });

  test('the timer and the beginning in the same instant end in exactly one of the two', () => {
    const until = new Date(end).toISOString();
    const begun = approvedWhilePaused(short())
      .when(end - 1)
      .tell({ type: 'resume', by: 'bob' })
      .validated('a');
    expect(begun.commands).toEqual(['execute a']);
    begun.when(end).tell({ type: 'approval_lapsed', key: 'plan', until });
    expect([begun.commands, begun.facts('approval_lapsed')]).toEqual([[], []]);
    const lapsed = approvedWhilePaused(short()).when(end).tell({ type: 'approval_lapsed', key: 'plan', until });
    lapsed.tell({ type: 'resume', by: 'bob' });
    expect(lapsed.validated('a').commands).toEqual([]);
  });

  test('what the kill switch kept from beginning has not begun; its approval lapses, too', () => {
    const run = new Talk(short()).validated('a').approve();
    const order = { id: 'stop/global', by: 'eve', reason: 'storm', since: '2026-01-01T00:00:00Z' };
    run.tell({ type: 'failed', step: 'a', problem: { code: 'STOPPED', message: 'no', order } });
    expect(run.state.granted).toHaveLength(1);
    run.when(end).tell({ type: 'stop_released', id: 'stop/global' }).validated('a');
    expect(run.facts('approval_lapsed')).toHaveLength(1);
    expect(run.validated('a').waiting).toEqual(['plan']);
  });
});
