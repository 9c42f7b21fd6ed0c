import { fc } from '../../../../test/setup/property';
import type { Json, JsonObject } from '../../../../plan/json';
import { holdsPatch, inversePatch, mergePatch, patchChanges } from './merge-patch';

// Null is not among the values of documents: a merge patch cannot write one.
const value = fc.letrec<{ any: Json; object: JsonObject }>((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), {
    noNullPrototype: true,
  }) as fc.Arbitrary<JsonObject>,
}));
const patch = fc.letrec<{ any: Json; object: JsonObject }>((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, fc.constant(null), fc.integer(), fc.string(), tie('object')),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), {
    noNullPrototype: true,
  }) as fc.Arbitrary<JsonObject>,
}));
const sorted = (json: Json | undefined): string =>
  JSON.stringify(json, (_key, each: Json) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

test('the inverse brings back every document', () => {
  fc.assert(
    fc.property(value.object, patch.object, (document, change) => {
      const inverse = inversePatch(document, change);
      expect(sorted(mergePatch(mergePatch(document, change), inverse))).toBe(sorted(document));
    }),
  );
});

test('what was patched holds, and no change means that it held before', () => {
  fc.assert(
    fc.property(value.object, patch.object, (document, change) => {
      expect(holdsPatch(mergePatch(document, change) as JsonObject, change)).toBe(true);
      if (patchChanges(document, change).length === 0) expect(holdsPatch(document, change)).toBe(true);
    }),
  );
});

test('changes are named at the deepest members', () => {
  const document = { title: 'a', time: { from: 'now-1h', to: 'now' } };
  expect(patchChanges(document, { title: null, time: { from: 'now-6h' }, refresh: '5s' })).toEqual([
    { path: '/title', before: 'a' },
    { path: '/time/from', before: 'now-1h', after: 'now-6h' },
    { path: '/refresh', after: '5s' },
  ]);
});
