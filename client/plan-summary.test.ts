import type { RemediationPlan, Step } from '../plan/model';
import { staticDetails, staticSummary, undoWord } from './plan-summary';

const step = (id: string, more: Partial<Step> = {}) =>
  ({
    id,
    action: 'scale_deployment',
    target: { cluster: 'prod', kind: 'Deployment', namespace: 'shop', name: 'web' },
    rollback: { mode: 'auto' },
    ...more,
  }) as Step;

const plan = (steps: Step[], reason = 'more load', dryRun = false) =>
  ({
    metadata: { name: 'p', reason, requester: 'alice' },
    spec: { cluster: 'prod', dryRun, steps },
  }) as RemediationPlan;

test('the summary is one short line, whatever the reason', () => {
  expect(staticSummary(plan([step('a')]))).toBe('p: more load (1 step)');
  expect(staticSummary(plan([step('a'), step('b')], 'two\nlines', true))).toBe('p: two lines (2 steps, dry run)');
  expect(staticSummary(plan([step('a')], 'x'.repeat(4000)))).toHaveLength(200);
});

test('the details show each step with action, target, risk and undo', () => {
  const details = staticDetails(plan([step('a')]), () => ({ risk: 'medium', reversibility: 'reversible' }));
  expect(details).toContain('| a | scale_deployment | Deployment/shop/web | medium | reversible |');
});

test('text from outside cannot add columns or markup', () => {
  const details = staticDetails(plan([step('a')], 'a | b <script> `c`'));
  expect(details).toContain('a \\| b \\<script\\> \\`c\\`');
});

test('500 long steps still fit into what the server takes', () => {
  const steps = Array.from({ length: 500 }, (_, index) => step(`step-${index}-${'x'.repeat(50)}`));
  const details = staticDetails(plan(steps));
  expect(Buffer.byteLength(details)).toBeLessThan(20_000);
  expect(details).toMatch(/… and \d+ more steps$/);
});

test('the word for the undo', () => {
  const meta = { reversibility: 'reversible' };
  expect(undoWord(step('a'), meta)).toBe('reversible');
  expect(undoWord(step('a', { rollback: { mode: 'none' } }), meta)).toBe('none');
  expect(undoWord(step('a', { rollback: { mode: 'step', step: { action: 'log', params: {} } } }), meta)).toBe('by log');
});
