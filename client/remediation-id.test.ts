import type { RemediationPlan } from '../plan/model';
import { idPrefix, nextNumber } from './remediation-id';

const plan = (incident?: string) => ({ metadata: { name: 'web-oom', incident } }) as RemediationPlan;

test('ids come from the incident, else from the plan', () => {
  expect(idPrefix(plan())).toBe('remediation/web-oom/');
  expect(idPrefix(plan('incident/prod/shop/Deployment/web'))).toBe('remediation/prod/shop/Deployment/web/');
});

test('the next number is one more than the highest; ids named by hand and of longer prefixes do not count', () => {
  const ids = ['2', '10', 'by-hand', '3/4', '007', '99999999999'].map((tail) => `remediation/p/${tail}`);
  expect(nextNumber([...ids, 'remediation/other/50'], 'remediation/p/')).toBe(11);
  expect(nextNumber([], 'remediation/p/')).toBe(1);
});
