import { fc } from '../../../../test/setup/property';
import { compareQuantities, parseQuantity } from '../quantity';
import { raise, resourceFields, type Change } from './raise-resources';

const has = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '256Mi' } };
const [cpuRequest, cpuLimit, memoryRequest, memoryLimit] = resourceFields;
const to = (text: string): Change => ({ to: parseQuantity(text) });

test('a higher value is a raise, the same one none, a lower one a problem', () => {
  expect(raise(has, [[memoryLimit!, to('512Mi')]]).raised).toEqual([
    { field: memoryLimit, from: '256Mi', to: '512Mi' },
  ]);
  expect(raise(has, [[memoryLimit!, to('0.25Gi')]])).toEqual({ raised: [], problems: [], notes: [] });
  expect(raise(has, [[memoryLimit!, to('128Mi')]]).problems).toEqual([
    'memory limit 128Mi is less than it has (256Mi)',
  ]);
});

test('a limit where there is none would lower, and so would a request below the limit that stood in for it', () => {
  expect(raise(undefined, [[memoryLimit!, to('1Gi')]]).problems).toEqual([
    'it has no memory limit: setting one would lower it',
  ]);
  const limited = { limits: { memory: '256Mi' } };
  expect(raise(limited, [[memoryRequest!, to('128Mi')]]).problems[0]).toContain('less than it has (256Mi)');
  expect(raise(limited, [[memoryRequest!, to('256Mi')]]).raised).toHaveLength(1);
  expect(raise(undefined, [[cpuRequest!, to('50m')]]).raised).toEqual([
    { field: cpuRequest, from: undefined, to: '50m' },
  ]);
});

test('a cap ends at the cap, and never lowers', () => {
  const double = (cap: string): Change => ({ factor: 2, cap: parseQuantity(cap) });
  expect(raise(has, [[memoryLimit!, double('400Mi')]]).raised[0]?.to).toBe('400Mi');
  const below = raise(has, [[memoryLimit!, double('200Mi')]]);
  expect(below.raised).toEqual([]);
  expect(below.notes).toEqual(['memory limit is at its cap already (256Mi)']);
});

test('a request above its limit is a problem, unless the limit is raised with it', () => {
  expect(raise(has, [[cpuRequest!, to('2')]]).problems).toEqual(['cpu request 2 would be above its limit 1']);
  expect(
    raise(has, [
      [cpuRequest!, to('2')],
      [cpuLimit!, to('2')],
    ]).problems,
  ).toEqual([]);
});

test('whatever is asked for, nothing is ever lowered', () => {
  const quantity = fc
    .tuple(fc.integer({ min: 1, max: 4096 }), fc.constantFrom('m', '', 'Ki', 'Mi', 'k', 'M'))
    .map(([n, unit]) => parseQuantity(`${n}${unit}`));
  const change: fc.Arbitrary<Change> = fc.oneof(
    quantity.map((each) => ({ to: each })),
    fc.record({ by: quantity, cap: fc.option(quantity, { nil: undefined }) }),
    fc.record({ factor: fc.double({ min: 1.01, max: 10, noNaN: true }), cap: fc.option(quantity, { nil: undefined }) }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...resourceFields), change, (field, wished) => {
      for (const { from, to: after } of raise(has, [[field, wished]]).raised) {
        expect(compareQuantities(parseQuantity(after), parseQuantity(from ?? '0'))).toBeGreaterThan(0);
      }
    }),
  );
});
