import { fc } from '../test/setup/property';
import type { Json } from './json';
import { bareExpression, expressionsOf, hasTemplate, renderTemplates, templateReferences } from './template';

const scope = { steps: { a: { effect: { n: 5, name: 'web', list: [1, 2], nothing: null, on: true } } } };

it.each<[string, Json, Json]>([
  ['a single template keeps its type', '${{ steps.a.effect.n + 2 }}', 7],
  ['also a list', '${{ steps.a.effect.list }}', [1, 2]],
  ['also null', '${{ steps.a.effect.nothing }}', null],
  ['text around makes it text', 'n=${{ steps.a.effect.n }}', 'n=5'],
  ['a blank is text', '${{ steps.a.effect.n }} ', '5 '],
  ['several in one text', '${{ steps.a.effect.name }}-${{ steps.a.effect.n }}', 'web-5'],
  ['side by side', '${{ steps.a.effect.name }}${{ steps.a.effect.on }}', 'webtrue'],
  ['lists and objects in text are JSON', 'l=${{ steps.a.effect.list }} m=${{ {"x": 1} }}', 'l=[1,2] m={"x":1}'],
  ['braces inside', '${{ {"a": {"b": 1}} }}', { a: { b: 1 } }],
  ['closing braces inside a string', '${{ "}}" + \'}}\' }}', '}}}}'],
  ['quotes inside a string', '${{ "a\\"}}" }}', 'a"}}'],
  ['a raw string', '${{ r"\\d}}" }}', '\\d}}'],
  ['a triple-quoted string', '${{ """a"}}b""" }}', 'a"}}b'],
  ['an escape', 'write $${{ x }}', 'write ${{ x }}'],
  ['no template', '$ {{ x }} $5 {{ y }}', '$ {{ x }} $5 {{ y }}'],
  [
    'nested values; keys stay',
    { '${{ k }}': [{ b: '${{ steps.a.effect.n }}' }, 1, null, true] },
    { '${{ k }}': [{ b: 5 }, 1, null, true] },
  ],
])('%s', (_title, value, expected) => {
  const before = JSON.stringify(value);
  expect(renderTemplates(value, scope)).toEqual(expected);
  expect(JSON.stringify(value)).toBe(before);
});

it.each<[string, string, RegExp]>([
  ['never closed', 'a ${{ steps.a', /never closes/],
  ['closed inside a string only', '${{ "}}', /never closes/],
  ['empty', '${{ }}', /empty/],
  ['null in text', 'web-${{ steps.a.effect.nothing }}', /null, which has no text form/],
  ['absent', '${{ steps.a.effect.absent }}', /No such key: absent/],
])('is refused: %s', (_title, text, message) => {
  expect(() => renderTemplates(text, scope)).toThrow(message);
  expect(() => renderTemplates(text, scope)).toThrow(expect.objectContaining({ code: 'EXPRESSION_FAILED' }));
});

it('names what templates read', () => {
  expect(templateReferences({ a: ['${{ steps.a.effect.n }} ${{ item }}'], b: 'steps.b', c: 3 })).toEqual([
    ['steps', 'a', 'effect', 'n'],
    ['item'],
  ]);
  expect(expressionsOf('a ${{ x }} b ${{ y + 1 }}')).toEqual(['x', 'y + 1']);
});

it('knows what needs rendering', () => {
  expect(hasTemplate({ a: [{ b: 'x ${{ y }}' }] })).toBe(true);
  expect(hasTemplate({ '${{ y }}': ['x', 1, null, false] })).toBe(false);
  expect(hasTemplate('$${{ escaped }}')).toBe(true);
});

it('takes the template signs off a condition', () => {
  expect(bareExpression(' ${{ a < 3 }} ')).toBe('a < 3');
  expect(bareExpression(' a < 3 ')).toBe('a < 3');
  expect(bareExpression('${{ a }} && ${{ b }}')).toBe('${{ a }} && ${{ b }}');
});

it('leaves values without templates alone', () => {
  const json = fc
    .jsonValue({ maxDepth: 3 })
    .map((value) => JSON.parse(JSON.stringify(value)) as Json)
    .filter((value) => !hasTemplate(value));
  fc.assert(fc.property(json, (value) => expect(renderTemplates(value, {})).toEqual(value)));
});

it('puts any text through unharmed, whatever signs it holds', () => {
  const nasty = fc.string({ unit: fc.constantFrom('$', '{', '}', '"', "'", '\\', 'r', 'a', ' ', '\n') });
  fc.assert(fc.property(nasty, (text) => expect(renderTemplates('<${{ x }}>', { x: text })).toBe(`<${text}>`)));
});

it('never throws anything but EXPRESSION_FAILED', () => {
  const pieces = fc.array(fc.constantFrom('${{', '}}', '$', '{', '"', "'", '\\', 'x', ' ', 'r'), { maxLength: 12 });
  fc.assert(
    fc.property(pieces, (words) => {
      try {
        renderTemplates(words.join(''), { x: 1 });
      } catch (error) {
        expect(error).toMatchObject({ code: 'EXPRESSION_FAILED' });
      }
    }),
  );
});
