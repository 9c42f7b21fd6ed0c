import { planCheck } from '../../plan-check';
import { ActionRegistry } from '../../registry';
import { customActions } from '.';

const registry = new ActionRegistry().register(...customActions);
const gate = { id: 'gate', action: 'approval_gate', params: { message: 'go on?' } };

function check(...steps: object[]) {
  return planCheck(registry, {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'p', reason: 'r', requester: 'q' },
    spec: { steps },
  });
}

test.each<[string, object]>([
  ['nothing is said', {}],
  ['the plan says none', { approval: 'none' }],
  ['a deadline is given', { approval: { required: false, deadline: '5m' } }],
])('its step asks a person, also when %s about approval', (_, more) => {
  expect(check({ ...gate, ...more })).toMatchObject({
    ok: true,
    plan: { spec: { steps: [{ approval: { required: true } }] } },
  });
});

test('other steps ask only when the plan says so', () => {
  expect(check({ id: 'a', action: 'log', params: { message: 'm' } })).toMatchObject({
    ok: true,
    plan: { spec: { steps: [{ approval: { required: false } }] } },
  });
});

test('an undo cannot wait for a person, and a loop cannot ask once for each item', () => {
  const loop = { ...gate, forEach: { in: [1, 2] } };
  const rollback = { action: 'approval_gate', params: { message: 'undo?' } };
  const undone = { id: 'a', action: 'webhook_with_undo', rollback };
  const result = check(loop, undone);
  const problems = result.ok ? [] : result.problems.filter(({ message }) => message.includes('approval_gate'));
  expect(problems.map(({ path }) => path)).toEqual(['spec.steps[0].forEach', 'spec.steps[1].rollback.action']);
  expect(problems[0]!.remedy).toContain('before the loop');
});

test.each([{}, { message: '' }, { message: '   ' }, { message: 1 }, { message: 'm', digest: 'x' }])(
  'refuses %j',
  (params) => {
    expect(check({ ...gate, params })).toMatchObject({ ok: false, problems: [{ code: 'PARAMS_INVALID' }] });
  },
);
