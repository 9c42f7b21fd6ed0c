import { createRegistry } from './actions';
import { planCheck } from './plan-check';

const plan = (steps: unknown[]) => ({
  apiVersion: 'kubernaut.dev/v1alpha1',
  kind: 'RemediationPlan',
  metadata: { name: 'web', reason: 'too slow', requester: 'test' },
  spec: { steps },
});
const target = { kind: 'Deployment', namespace: 'shop', name: 'web' };

describe('The check of a plan against the registered actions', () => {
  test('fills in the defaults and gives the facts of every action named, rollback steps included', () => {
    const check = planCheck(
      createRegistry(),
      plan([
        {
          id: 'scale',
          action: 'scale_deployment',
          target,
          params: { replicas: 5 },
          rollback: { action: 'log', params: { message: 'undo by hand' } },
        },
        { id: 'soak', action: 'wait', params: { for: '5m' } },
      ]),
    );
    if (!check.ok) throw new Error(JSON.stringify(check.problems));
    expect(Object.keys(check.actions).sort()).toEqual(['log', 'scale_deployment', 'wait']);
    expect(check.actions['wait']).toEqual({
      name: 'wait',
      executor: 'custom',
      risk: 'low',
      reversibility: 'reversible',
      disruption: 'none',
      readOnly: true,
      clusterScoped: false,
      durableTimer: true,
    });
    expect(check.plan.spec.steps[1]!.dependsOn).toEqual(['scale']);
  });

  test('names every problem with its path, in words of the error catalogue', () => {
    const check = planCheck(
      createRegistry(),
      plan([
        { id: 'scale', action: 'scale_deploymnt', target, params: {} },
        { id: 'soak', action: 'wait', params: { for: 'ever' } },
        { id: 'other', action: 'scale_deployment', target: { ...target, kind: 'DaemonSet' }, params: { replicas: 1 } },
      ]),
    );
    if (check.ok) throw new Error('it was accepted');
    expect(check.problems.map(({ code, path }) => [code, path])).toEqual([
      ['ACTION_UNKNOWN', 'spec.steps[0].action'],
      ['PARAMS_INVALID', 'spec.steps[1].params.for'],
      ['PLAN_INVALID', expect.stringContaining('spec.steps[2].target')],
    ]);
    expect(check.problems[0]!.remedy).toContain('scale_deployment');
  });

  test('survives anything at all', () => {
    for (const document of [undefined, null, 1, 'x', [], {}, { spec: { steps: [null] } }]) {
      expect(planCheck(createRegistry(), document).ok).toBe(false);
    }
  });
});
