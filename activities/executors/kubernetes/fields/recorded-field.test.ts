import { fc } from '../../../../test/setup/property';
import type { KubeObject } from '../../../cluster/cluster';
import { parsePointer, pointer, valueAt } from './json-pointer';
import { addStamp, isStampedSince, stampWish, withoutStamp } from './operation-stamp';
import { identityGuard, liftWishes, patchFor, recordField } from './recorded-field';

const object = (more: object): KubeObject =>
  ({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x', uid: 'u', resourceVersion: '7' }, ...more }) as KubeObject;

test('pointers escape and unescape any key', () => {
  fc.assert(fc.property(fc.array(fc.string()), (parts) => expect(parsePointer(pointer(...parts))).toEqual(parts)));
  expect(pointer('metadata', 'annotations', 'a/b~c')).toBe('/metadata/annotations/a~1b~0c');
  expect(valueAt({ a: [{ b: null }] }, '/a/0/b')).toBe(null);
  expect(valueAt({ a: {} }, '/a/toString')).toBeUndefined();
});

test('absence is recorded as such, also where null or empty stands', () => {
  const of = object({ spec: { a: null, b: {}, c: 0 } });
  expect(['a', 'b', 'c', 'd'].map((key) => recordField(of, `/spec/${key}`))).toEqual([
    { path: '/spec/a', value: null },
    { path: '/spec/b', value: {} },
    { path: '/spec/c', value: 0 },
    { path: '/spec/d', absent: true },
  ]);
});

test('wishes below a missing place are set, and can be taken back, at that place', () => {
  const of = object({ spec: { containers: [{ name: 'a' }] } });
  const wishes = liftWishes(of, [
    { path: '/spec/containers/0/resources/limits/cpu', value: '1' },
    { path: '/spec/containers/0/resources/limits/memory', value: '1Gi' },
    { path: '/spec/paused', value: true },
    { path: '/spec/none/of/this' },
  ]);
  expect(wishes).toEqual([
    { path: '/spec/containers/0/resources', value: { limits: { cpu: '1', memory: '1Gi' } } },
    { path: '/spec/paused', value: true },
  ]);
  expect(patchFor(of, wishes).map(({ op, path }) => `${op} ${path}`)).toEqual([
    'add /spec/containers/0/resources',
    'add /spec/paused',
  ]);
});

test('patches add, replace, remove, and leave alone what is gone already', () => {
  const of = object({ spec: { a: 1, b: 2 } });
  const wishes = [
    { path: '/spec/a', value: 3 },
    { path: '/spec/b' },
    { path: '/spec/c' },
    { path: '/spec/d', value: 4 },
  ];
  expect(patchFor(of, wishes)).toEqual([
    { op: 'replace', path: '/spec/a', value: 3 },
    { op: 'remove', path: '/spec/b' },
    { op: 'add', path: '/spec/d', value: 4 },
  ]);
  expect(identityGuard(of)).toContainEqual({ op: 'replace', path: '/metadata/resourceVersion', value: '7' });
});

describe('the operation stamp', () => {
  test('is taken back exactly when nobody stamped since', () => {
    const full = ['a', 'b', 'c', 'd', 'e'].join(',');
    for (const earlier of ['', 'a', 'a,b', full]) {
      expect(withoutStamp(addStamp(earlier, 'x'), 'x', earlier)).toBe(earlier);
    }
    expect(addStamp(full, 'x')).toBe('b,c,d,e,x');
  });

  test('two operations that overlap can be undone in either order', () => {
    const both = addStamp(addStamp('', 'one'), 'two');
    expect(withoutStamp(withoutStamp(both, 'one', ''), 'two', 'one')).toBe('');
    expect(withoutStamp(withoutStamp(both, 'two', 'one'), 'one', '')).toBe('');
  });

  test('an id from an earlier run says nothing about this one', () => {
    const stamped = object({});
    stamped.metadata.annotations = { 'kubernaut.dev/operation-id': 'one' };
    expect(isStampedSince(stamped, 'one', '')).toBe(true);
    expect(isStampedSince(stamped, 'one', 'one')).toBe(false);
    expect(stampWish('')).toEqual({ path: '/metadata/annotations/kubernaut.dev~1operation-id' });
  });
});
