import type { AuditRecord } from '../../activities/audit/reader/audit-record';
import { Tally } from './collect-stats';
import { stepResults } from './step-results';

const record = (more: Partial<AuditRecord>): AuditRecord => ({
  ...{ at: '2026-11-24T00:00:00.000Z', kind: 'activity', status: 'done', what: 'x', runId: 'r', event: 1 },
  ...more,
});
const error = { code: 'NOT_VERIFIED', message: 'no' };

test('a step counts by what became of it; what was never tried does not count', () => {
  const steps = [
    { id: 'a', action: 'scale_deployment', status: 'succeeded' },
    { id: 'b', action: 'scale_deployment', status: 'undone' },
    { id: 'c', action: 'drain_node', status: 'undone', error },
    { id: 'd', action: 'drain_node', status: 'undo_failed', error },
    { id: 'e', action: 'drain_node', status: 'failed', error },
    { id: 'f', action: 'drain_node', status: 'failed', error },
    { id: 'g', action: 'log', status: 'no_effect' },
    ...['pending', 'skipped', 'cancelled', undefined].map((status, n) => ({
      ...{ id: `h${n}`, action: 'log' },
      ...(status && { status }),
    })),
  ];
  const records = [
    record({
      kind: 'check',
      steps: [
        { id: 'a', action: 'scale_deployment', target: 'prod: Deployment/shop/web' },
        { id: 'b', action: 'scale_deployment', target: 'prod: Deployment/${{ steps.a.data.namespace }}/api' },
      ],
    }),
    record({ step: 'b', phase: 'execute', target: 'prod: Deployment/pay/api' }),
    record({ step: 'c', phase: 'validate', target: 'prod: Node/n-1' }),
    record({ step: 'e', phase: 'execute', target: 'prod: Node/n-2' }),
    record({ step: 'f', phase: 'execute', part: 'check 1', target: 'prod: Pod/shop/x' }),
    record({ kind: 'ended', what: 'rolled_back', steps }),
  ];
  expect(stepResults(records)).toEqual([
    { action: 'scale_deployment', kind: 'Deployment', namespace: 'shop', end: 'succeeded' },
    { action: 'scale_deployment', kind: 'Deployment', namespace: 'pay', end: 'undone' },
    { action: 'drain_node', kind: 'Node', end: 'failed' },
    { action: 'drain_node', end: 'failed' },
    { action: 'drain_node', kind: 'Node', end: 'failed' },
    { action: 'drain_node', end: 'refused' },
    { action: 'log', end: 'no_effect' },
  ]);
});

test('a plan that ended at its preview counts the steps that said no, or those that had nothing to do', () => {
  const pending = ['a', 'b'].map((id) => ({ id, action: 'scale_deployment', status: 'pending' }));
  const looked = record({ step: 'a', phase: 'validate', status: 'failed', target: 'prod: Deployment/shop/web' });
  expect(stepResults([looked, record({ kind: 'ended', what: 'blocked', steps: pending })])).toEqual([
    { action: 'scale_deployment', kind: 'Deployment', namespace: 'shop', end: 'refused' },
  ]);
  const nothing = stepResults([record({ kind: 'ended', what: 'no_effect', steps: pending })]);
  expect(nothing.map(({ end }) => end)).toEqual(['no_effect', 'no_effect']);
  expect(stepResults([record({ kind: 'ended', what: 'rejected', steps: pending })])).toEqual([]);
});

test('an audit without an end, or without steps, has no results', () => {
  expect(stepResults([])).toEqual([]);
  expect(stepResults([record({ kind: 'started' })])).toEqual([]);
  expect(stepResults([record({ kind: 'ended', what: 'terminated' })])).toEqual([]);
});

test('the rate is of steps that did something, and steps that did nothing have none', () => {
  const tally = new Tally();
  const step = (end: 'succeeded' | 'undone' | 'failed' | 'no_effect' | 'refused', namespace?: string) => ({
    ...{ action: 'a', kind: 'Deployment', end },
    ...(namespace && { namespace }),
  });
  tally.add([step('succeeded', 'shop'), step('undone', 'shop'), step('failed', 'shop'), step('no_effect', 'shop')]);
  tally.add([step('refused', 'pay'), step('failed')]);
  const { actions, targetKinds, namespaces } = tally.rows();
  const all = { succeeded: 1, undone: 1, failed: 2, no_effect: 1, refused: 1, successRate: 0.5 };
  expect(actions).toEqual([{ name: 'a', ...all }]);
  expect(targetKinds).toEqual([{ name: 'Deployment', ...all }]);
  expect(namespaces.map(({ name, successRate }) => [name, successRate])).toEqual([
    ['shop', 2 / 3],
    ['-', 0],
    ['pay', undefined],
  ]);
});
