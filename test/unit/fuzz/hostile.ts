import { fc } from '../../setup/property';

/** Names that reach for prototypes, or that the parsers know. */
const names = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '', ' ', '\u202e', 'ключ', '0', '<<'],
  ...[
    'name',
    'spec',
    'steps',
    'action',
    'target',
    'params',
    'labels',
    'alerts',
    'recommendations',
    'value',
    'plan',
    'by',
  ],
];
const edges = [
  ...[null, true, false, 0, -0, -1, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, -(2 ** 53), 0.1, [], {}],
  ...['', ' ', '\0', '\u202e', '\ud800', '𝒳', '../../etc/passwd', '${{ steps }}', '{{ x }}', '$(id)', 'a'.repeat(5000)],
  ...['NaN', '1e999', '-0', '9999-99-99T99:99:99Z', '0001-01-01T00:00:00Z', 'approve', 'delete_pod', 'kube-system'],
];

/** Any JSON value, with what breaks programs rather than what is likely. */
export const hostileJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    { arbitrary: fc.constantFrom<unknown>(...edges), weight: 4 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 1 },
    { arbitrary: fc.double(), weight: 1 },
    { arbitrary: fc.array(tie('value'), { maxLength: 4 }), weight: 1 },
    {
      arbitrary: fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 8 })), tie('value'), {
        maxKeys: 5,
      }),
      weight: 2,
    },
  ),
})).value;

const nested = fc
  .tuple(
    fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[{"__proto__":', '}]'], ['(', ')'], ['-', '']),
    fc.integer({ min: 1, max: 3000 }),
  )
  .map(([[open, close], depth]) => `${open!.repeat(depth)}1${close!.repeat(depth)}`);

const pieces =
  '[ ] { } ( ) " \' ` ``` : - ? & * ! | > < == , # % @ \\ \n \r\n \t \0 a: &a *a !!js << --- ```json\n 1e9 -1 ${{ }} \ud800 \u202e ＂'
    .split(' ')
    .concat(' ');

/** A valid text, cut and with something put in. */
function spliced(seeds: readonly string[]): fc.Arbitrary<string> {
  const cut = fc.tuple(fc.nat(), fc.nat(20), fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 10 })));
  return fc.tuple(fc.constantFrom(...seeds), fc.array(cut, { minLength: 1, maxLength: 4 })).map(([seed, cuts]) =>
    cuts.reduce((text, [where, length, more]) => {
      const at = where % (text.length + 1);
      return text.slice(0, at) + more + text.slice(at + length);
    }, seed),
  );
}

type Change = [where: number, how: 'set' | 'delete' | 'add', name: string, value: unknown];

/** A valid document with some values replaced, left out or added, anywhere in it. */
function mutated(documents: readonly unknown[]): fc.Arbitrary<unknown> {
  const change: fc.Arbitrary<Change> = fc.tuple(
    fc.nat(),
    fc.constantFrom('set', 'delete', 'add'),
    fc.constantFrom(...names),
    hostileJson,
  );
  return fc
    .tuple(fc.constantFrom(...documents), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([document, changes]) => changes.reduce(apply, structuredClone(document)));
}

function apply(document: unknown, [where, how, name, value]: Change): unknown {
  const places: [Record<string, unknown>, string][] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, item] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, key]);
      walk(item);
    }
  };
  walk(document);
  const place = places[where % Math.max(1, places.length)];
  if (place === undefined) return value;
  const [node, key] = place;
  if (how === 'delete') delete node[key];
  else if (how === 'set') node[key] = value;
  // Not by assignment: `__proto__` must become a field.
  else Object.defineProperty(node, name, { value, enumerable: true, configurable: true, writable: true });
  return document;
}

/** Garbage, hostile JSON, and valid texts that somebody has tampered with. */
export function hostileText(seeds: readonly string[], documents: readonly unknown[]): fc.Arbitrary<string> {
  return fc.oneof(
    { arbitrary: fc.string({ unit: 'binary', maxLength: 200 }), weight: 1 },
    { arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8')), weight: 1 },
    { arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((words) => words.join('')), weight: 2 },
    { arbitrary: nested, weight: 1 },
    { arbitrary: hostileJson.map((value) => JSON.stringify(value)), weight: 2 },
    { arbitrary: mutated(documents).map((value) => JSON.stringify(value) ?? ''), weight: 6 },
    { arbitrary: spliced(seeds), weight: 4 },
  );
}

/** One thing over and over, as long as wished: what makes a parser that looks ahead or back slow. */
export function longTexts(length: number): string[] {
  const units = [
    ...[
      '[',
      '{"a":',
      '"',
      '\\',
      '- ',
      'a: ',
      '&a ',
      '*a ',
      '? ',
      '```\n',
      'x```\n',
      '```json\n',
      '\n```\t',
      '> 1 ',
      '(',
    ],
    ...['a > 1 and ', '-', '\u202e', '𝒳', ' ', '\t', '\n', '.', '${{ ', '%', 'payload=&', '{},', '[1],', '\ud800', '#'],
  ];
  const repeated = units.map((unit) => unit.repeat(Math.floor(length / Buffer.byteLength(unit))));
  const behindFence = [' ', '\t', 'a', ' a'].map((unit) => '```' + unit.repeat((length - 3) / unit.length));
  return [...repeated, ...behindFence];
}
