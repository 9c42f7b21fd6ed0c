import { fc } from '../test/setup/property';
import { compileCel, evaluateCel, references } from './cel';
import { KubernautError } from './errors';
import type { Json, JsonObject } from './json';

const scope: JsonObject = {
  steps: {
    check: {
      status: 'succeeded',
      evidence: { ready: 2, load: 0.5, image: 'web:v2', none: null, pods: [{ name: 'a', ready: true, restarts: 3 }] },
      effect: { replicas: 5, names: ['a', 'b'], matrix: [[1], [2, 3]] },
    },
    'scale-up': { effect: { replicas: 7 } },
  },
  plan: { name: 'p', labels: { team: 'shop' } },
  one: 1,
  big: 2 ** 53,
};

describe('an expression over step outputs gives', () => {
  it.each<[string, Json]>([
    ['steps.check.evidence.ready < 3', true],
    ['steps.check.effect.replicas + 2', 7],
    ['steps.check.effect.replicas - 2', 3],
    ['steps["scale-up"].effect.replicas', 7],
    // Whole or not, numbers from JSON mix: nothing may depend on whether a load happens to be 1 or 0.5.
    ['steps.check.evidence.load * 2', 1],
    ['steps.check.evidence.load + 1', 1.5],
    ['one * 1.5', 1.5],
    ['1.5 * one', 1.5],
    ['one / 2.0', 0.5],
    ['one - 0.5', 0.5],
    ['one < 1.5', true],
    ['0.5 <= one', true],
    ['one == 1.0', true],
    ['1.0 == one', true],
    ['one != 1.5', true],
    ['1 == 1.0', true],
    // Division of whole numbers is CEL's: it cuts off.
    ['steps.check.effect.replicas / 2', 2],
    ['double(steps.check.effect.replicas) / 2', 2.5],
    ['steps.check.effect.replicas % 2', 1],
    ['-steps.check.effect.replicas', -5],
    ['size(steps.check.effect.names)', 2],
    ['steps.check.effect.names[1]', 'b'],
    ['steps.check.effect.names', ['a', 'b']],
    ['steps.check.effect.names + ["c"]', ['a', 'b', 'c']],
    ['"a" in steps.check.effect.names', true],
    ['5 in [steps.check.effect.replicas]', true],
    ['steps.check.evidence.pods.all(p, p.ready && p.restarts > 2)', true],
    ['steps.check.evidence.pods.filter(p, p.ready).map(p, p.name)', ['a']],
    ['steps.check.effect.matrix.all(row, row.exists(n, n > 0))', true],
    ['has(steps.check.evidence.absent)', false],
    ['has(steps.check.evidence.absent) ? steps.check.evidence.absent : 4', 4],
    ['steps.check.evidence.none == null', true],
    ['steps.check.evidence.image.endsWith(":v2")', true],
    ['steps.check.evidence.image.split(":")[1]', 'v2'],
    ['{"replicas": steps.check.effect.replicas, "why": "load"}', { replicas: 5, why: 'load' }],
    ['[1, 2.5, "x", null]', [1, 2.5, 'x', null]],
    ['plan.labels.team', 'shop'],
    ['string(steps.check.effect.replicas) + "x"', '5x'],
    ['int("12") + 1', 13],
    ['duration("90s") > duration("1m")', true],
    ['duration("90s").getSeconds()', 90],
    ['big + 0.0', 2 ** 53],
  ])('%s → %j', (text, expected) => {
    expect(evaluateCel(text, scope)).toEqual(expected);
  });
});

describe('an expression is refused, with the text and where, when', () => {
  it.each<[string, string, RegExp]>([
    ['it is empty', '  ', /empty/],
    ['it does not parse', '1 +', /`1 \+`, at column 4: Unexpected token/],
    ['a field is absent', 'steps.check.evidence.absent < 3', /at column \d+: No such key: absent/],
    ['a step is absent', 'steps.other.status', /No such key: other/],
    ['a variable is unknown', 'ready < 3', /Unknown variable: ready/],
    ['types do not fit', '"a" + 1', /no such overload: string \+ int/],
    ['it divides by zero', '1 / 0', /division by zero/],
    ['a function would read the clock', 'now()', /function now is not available/],
    [
      'a function reads the time zone',
      'timestamp("2026-01-01T00:00:00Z") == timestamp("x")',
      /timestamp is not available/,
    ],
    ['a regular expression might never end', '"a".matches("(a+)+$")', /method matches is not available/],
    ['it binds variables', 'cel.bind(x, 1, x)', /method bind is not available/],
    ['a getter takes a time zone', 'duration("1s").getHours("CET")', /getHours is not available/],
    ['its result is no JSON', 'duration("1s")', /no JSON value/],
    ['its result is not finite', '1.0 / 0', /no JSON number/],
    ['its result is too large for JSON', '9007199254740993', /too large for a JSON number/],
    ['it is too long', `1 + ${'1'.repeat(4096)}`, /at most 4096/],
    ['it has too many nodes', Array(400).fill('1').join('+'), /exceed/i],
    ['it is nested too deeply', '('.repeat(100) + '1' + ')'.repeat(100), /exceed|depth/i],
    ['loops stand too deep', '[1].all(a, [1].all(b, [1].all(c, true)))', /nested 3 deep/],
    ['there are too many loops', Array(5).fill('[1].all(a, true)').join(' && '), /5 loops/],
  ])('%s', (_title, text, message) => {
    const run = () => evaluateCel(text, scope);
    expect(run).toThrow(KubernautError);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code: 'EXPRESSION_FAILED', remedy: expect.stringMatching(/\w/) }));
  });

  it('nested loops run over long lists', () => {
    const xs = Array.from({ length: 1001 }, () => 1);
    expect(evaluateCel('xs.all(a, a == 1)', { xs })).toBe(true);
    expect(() => evaluateCel('xs.all(a, xs.all(b, a == b))', { xs })).toThrow(/1001 items; at most 1000/);
  });

  it('its result is too large', () => {
    expect(() => evaluateCel('xs', { xs: 'x'.repeat(70_000) })).toThrow(/larger than 64 KiB/);
  });
});

describe('references', () => {
  it.each<[string, string[][]]>([
    ['steps.check.evidence.ready < 3', [['steps', 'check', 'evidence', 'ready']]],
    ['steps["scale-up"].effect["replicas"]', [['steps', 'scale-up', 'effect', 'replicas']]],
    ['"steps.check" == plan.name', [['plan', 'name']]],
    ['steps[item].effect', [['item'], ['steps']]],
    [
      'steps.a.effect.list[item.i].x',
      [
        ['item', 'i'],
        ['steps', 'a', 'effect', 'list'],
      ],
    ],
    ['steps.a.effect.list[0].x', [['steps', 'a', 'effect', 'list', '0', 'x']]],
    [
      'steps.a.effect.pods.all(p, p.ready && p.name != plan.name)',
      [
        ['steps', 'a', 'effect', 'pods'],
        ['plan', 'name'],
      ],
    ],
    ['pods.map(p, p.n)[0] + p.n', [['pods'], ['p', 'n']]],
    [
      'has(steps.a.effect.x) ? steps.a.effect.x : one',
      [['steps', 'a', 'effect', 'x'], ['steps', 'a', 'effect', 'x'], ['one']],
    ],
    ['{"a": x, y: [z]}', [['x'], ['y'], ['z']]],
    ['size(x) > 0 && !y', [['x'], ['y']]],
    ['1 + 1', []],
  ])('of %s', (text, expected) => {
    expect(references(text)).toEqual(expected);
  });
});

describe('evaluation', () => {
  it('reads and copies only what the expression names', () => {
    const poisoned = { a: { effect: { n: 1 } } } as JsonObject;
    Object.defineProperty(poisoned, 'b', { enumerable: false, get: () => fail('read a step it does not name') });
    expect(evaluateCel('steps.a.effect.n', { steps: poisoned })).toBe(1);
  });

  it('gives the same for the same variables, and leaves them alone', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.integer(), (value, n) => {
        const variables = { value: value as Json, n };
        const before = JSON.stringify(variables);
        const compiled = compileCel('[n, n + 1, {"v": value, "same": value == value}]');
        const run = (): unknown => {
          try {
            return compiled.evaluate(variables);
          } catch (error) {
            return (error as Error).message;
          }
        };
        expect(run()).toEqual(run());
        expect(JSON.stringify(variables)).toBe(before);
      }),
    );
  });

  it('hands JSON through unchanged', () => {
    const json = fc
      .jsonValue({ maxDepth: 4, noUnicodeString: false })
      .map((value) => JSON.parse(JSON.stringify(value)) as Json);
    fc.assert(fc.property(json, (value) => expect(evaluateCel('value', { value })).toEqual(value)));
  });

  it('never throws anything but EXPRESSION_FAILED', () => {
    const fragment = fc.constantFrom(
      ...'steps a . [ ] ( ) { } + - * / % < == && || ! ? : , "x" 1 2.5 in has all null true'.split(' '),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(fragment, { maxLength: 12 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(text, (expression) => {
        try {
          evaluateCel(expression, scope);
        } catch (error) {
          expect(error).toMatchObject({ name: 'KubernautError', code: 'EXPRESSION_FAILED' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
