import { checkPlan } from './check';
import type { ActionCatalog } from './action-catalog';

const meta = { executor: 'custom', risk: 'low', reversibility: 'reversible', disruption: 'none' } as const;
const names = ['run_plan', 'log'];
const actions: ActionCatalog = {
  has: (name) => names.includes(name),
  names: () => names,
  meta: (name) => ({ ...meta, name, readOnly: false, clusterScoped: false, targetKinds: [] }),
};

const document = (steps: object[], spec: object = {}, metadata: object = { requester: 'ann' }) => ({
  apiVersion: 'kubernaut.dev/v1alpha1',
  kind: 'RemediationPlan',
  metadata: { name: 'p', reason: 'r', ...metadata },
  spec: { ...spec, steps },
});
const log = (id: string, more: object = {}) => ({ id, action: 'log', ...more });
const run = (id: string, plan: unknown, more: object = {}) => ({ id, action: 'run_plan', params: { plan }, ...more });

function problems(steps: object[]) {
  const result = checkPlan(document(steps), { actions });
  return result.ok ? [] : result.problems;
}

test('a sub-plan is normalized with the plan around it, takes its cluster and requester, and lends its timeout', () => {
  const inner = document([log('b')], { timeout: '45m' }, {});
  const result = checkPlan(document([run('a', inner)], { cluster: 'prod' }), { actions });
  expect(result).toMatchObject({
    ok: true,
    plan: {
      spec: {
        steps: [
          {
            timeout: '45m',
            params: {
              plan: { metadata: { requester: 'ann' }, spec: { cluster: 'prod', steps: [{ timeout: '10m' }] } },
            },
          },
        ],
      },
    },
  });
  const again = result.ok && checkPlan(result.plan, { actions });
  expect(again).toEqual(result);
});

test('all problems of the plan and of those within it are named at once, each at its place', () => {
  const deep = document([log('c'), log('c')]);
  const inner = document([{ id: 'b', action: 'lug' }, run('d', deep)], { dryRun: true, no: 1 });
  expect(problems([run('a', inner), log('z', { when: '1 +' })]).map(({ path, code }) => `${code} ${path}`)).toEqual([
    'INVALID_VALUE spec.steps[0].params.plan.spec.dryRun',
    'UNKNOWN_KEY spec.steps[0].params.plan.spec.no',
    'UNKNOWN_ACTION spec.steps[0].params.plan.spec.steps[0].action',
    'DUPLICATE_ID spec.steps[0].params.plan.spec.steps[1].params.plan.spec.steps[1].id',
    'EXPRESSION_INVALID spec.steps[1].when',
  ]);
});

test('expressions of a sub-plan speak of its own steps, not of those around it', () => {
  const own = document([log('b'), log('c', { params: { message: '${{ steps.b.status }}' } })]);
  expect(problems([log('x'), run('a', own)])).toEqual([]);
  const foreign = document([log('c', { params: { message: '${{ steps.x.status }}' } })]);
  expect(problems([log('x'), run('a', foreign)])).toMatchObject([
    { code: 'UNKNOWN_REFERENCE', path: 'spec.steps[1].params.plan.spec.steps[0].params.message' },
  ]);
});

test('a sub-plan stands neither in a loop, nor as an undo, nor in an expression, nor three deep', () => {
  const plan = document([log('b')]);
  const at = (step: object) => problems([step]).map(({ path }) => path);
  expect(at(run('a', plan, { forEach: { in: [1, 2] } }))).toEqual(['spec.steps[0].forEach']);
  const undo = { action: 'run_plan', params: { plan } };
  expect(at(log('a', { rollback: undo }))).toEqual(['spec.steps[0].rollback.action']);
  expect(at(run('a', '${{ steps.x.effect.plan }}'))).toEqual(['spec.steps[0].params.plan']);
  const two = document([run('c', document([run('d', plan)]))]);
  expect(at(run('a', document([run('c', plan)])))).toEqual([]);
  expect(at(run('a', two))).toEqual(['spec.steps[0].params.plan.spec.steps[0].params.plan.spec.steps[0].params.plan']);
});

test('the limit of steps counts those of sub-plans, too', () => {
  const many = document(Array.from({ length: 250 }, (_, n) => log(`b${n}`)));
  expect(problems([run('a', many), run('c', many)])).toMatchObject([{ code: 'TOO_MANY_STEPS', path: 'spec.steps' }]);
  expect(problems([run('a', many)])).toEqual([]);
});
