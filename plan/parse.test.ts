import { fc } from '../test/setup/property';
import { stringify } from 'yaml';
import { catalog } from '../test/unit/plan/support/catalog';
import { document, log } from '../test/unit/plan/support/documents';
import { checkPlan, MAX_PLAN_BYTES, parsePlan } from './parse';

const text = `apiVersion: kubernaut.dev/v1alpha1
kind: RemediationPlan
metadata:
  name: web-down
  reason: web is down
  requester: jo
spec:
  steps:
    - id: check
      action: log
      params: { message: looking }
    - id: scale
      action: scale_deployment
      target: Deployment/shop/web
      params:
        replicas: 3
`;

/** Replaces one line of the text and gives the problems. */
function problemsAfter(line: string, replacement: string) {
  const result = parsePlan(text.replace(line, replacement), { actions: catalog });
  return result.ok ? [] : result.problems;
}

it('reads YAML and JSON alike', () => {
  const fromYaml = parsePlan(text, { actions: catalog });
  expect(fromYaml).toMatchObject({ ok: true, warnings: [] });
  const json = JSON.stringify(document({ steps: [log('check', { params: { message: '😀 "\\/' } })] }), null, '\t');
  expect(parsePlan(json, { actions: catalog })).toMatchObject({
    ok: true,
    plan: { spec: { steps: [{ params: { message: '😀 "\\/' } }] } },
  });
});

describe('a problem has its place in the text', () => {
  it.each<[string, string, string, string, number, number]>([
    ['the key of a wrong value', 'replicas: 3', 'replicas: many', 'spec.steps[1].params.replicas', 16, 9],
    ['an unknown key', '      action: scale', '      on: x\n      action: scale', 'spec.steps[1].on', 13, 7],
    ['the object in which something is missing', '  reason: web is down\n', '', 'metadata.reason', 3, 1],
    ['an item of a list', 'action: log', 'action: log\n      dependsOn: [scael]', 'spec.steps[0].dependsOn[0]', 11, 19],
    ['inside a flow map', 'looking', '1', 'spec.steps[0].params.message', 11, 17],
  ])('%s', (_title, line, replacement, path, row, column) => {
    expect(problemsAfter(line, replacement)).toMatchObject([{ path, line: row, column }]);
  });
});

const dollar = '${{ plan.name }}';

describe('the short form of a target names nothing that the long form refuses', () => {
  it.each<[string, RegExp]>([
    ['Deployment/[shop/web', /its namespace must be a namespace/],
    ['Deployment/Shop/web', /its namespace/],
    ['Deployment/shop/web?x', /its name must be the name of an object/],
    ['Deployment/shop/..', /its name/],
    ['Deploy.ment/shop/web', /its kind must be a kind/],
    [`${dollar}/shop/web`, /its kind/],
    [dollar, /is no target like/],
    [`Deployment/${'a'.repeat(1024)}/web`, /is no target like/],
  ])('%s', (target, message) => {
    const problems = problemsAfter('Deployment/shop/web', JSON.stringify(target)).filter(
      ({ code }) => code === 'INVALID_VALUE',
    );
    expect(problems).toMatchObject([
      {
        path: 'spec.steps[1].target',
        message: expect.stringMatching(message),
        line: 14,
        remedy: expect.stringMatching(/./),
      },
    ]);
  });

  it('tells all that is wrong with one at once', () => {
    const problems = problemsAfter('Deployment/shop/web', 'Deployment/[shop/web?x');
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/its namespace/),
      expect.stringMatching(/its name must/),
    ]);
  });

  it.each([`Deployment/${dollar}/web`, `Deployment/shop/web-${dollar}`, 'Deployment/shop/Web.1:a'])(
    'but %s is one, before and after its defaults are filled in',
    (target) => {
      const result = parsePlan(text.replace('Deployment/shop/web', JSON.stringify(target)), { actions: catalog });
      expect(result).toMatchObject({ ok: true });
      expect(checkPlan(result.ok && result.plan, { actions: catalog })).toMatchObject({ ok: true });
    },
  );
});

describe('text that is no plan is refused', () => {
  const aliases = `a: &a [1]\n${Array.from({ length: 60 }, (_, i) => `b${i}: *a`).join('\n')}`;
  it.each<[string, string, string, RegExp]>([
    ['empty', '', 'MISSING', /empty/],
    ['a comment only', '# nothing', 'MISSING', /empty/],
    ['broken YAML', 'a: [1', 'SYNTAX', /flow sequence/i],
    ['a key twice', 'a: 1\nb: 2\na: 3', 'DUPLICATE_KEY', /a stands twice/],
    ['a key twice in JSON', '{"a": {"b": 1, "b": 2}}', 'DUPLICATE_KEY', /b stands twice/],
    ['a key that is a list', '? [a]\n: 1', 'SYNTAX', /no text/],
    ['two documents', 'a: 1\n---\nb: 1', 'MULTIPLE_DOCUMENTS', /2 documents/],
    ['a tag', 'a: !!js/function x', 'SYNTAX', /tag/i],
    ['an alias bomb', aliases, 'SYNTAX', /alias/],
    ['an alias to nothing', 'a: *b', 'SYNTAX', /alias/],
    ['a value in itself', 'a: &a [*a]', 'NOT_JSON', /levels/],
    ['not a number', 'a: .nan', 'NOT_JSON', /NaN/],
    ['brackets without end', '['.repeat(200_000), 'SYNTAX', /nested/],
    ['braces without end', '{a: '.repeat(60_000), 'SYNTAX', /nested/],
    ['lists in lists', '- '.repeat(100_000), 'SYNTAX', /nested/],
    ['keys in keys', '? '.repeat(100_000), 'SYNTAX', /nested/],
    ['maps in maps', Array.from({ length: 600 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'SYNTAX', /nested/],
    ['more than 256 KiB', `a: ${'x'.repeat(MAX_PLAN_BYTES)}`, 'TOO_LARGE', /at most 262144/],
    ['more than 256 KiB in UTF-8', `a: ${'ü'.repeat(MAX_PLAN_BYTES / 2)}`, 'TOO_LARGE', /at most 262144/],
  ])('%s', (_title, given, code, message) => {
    const result = parsePlan(given);
    expect(result).toMatchObject({ ok: false });
    expect(result.ok ? [] : result.problems).toContainEqual(
      expect.objectContaining({ code, message: expect.stringMatching(message), remedy: expect.stringMatching(/\w/) }),
    );
  });

  it('of twenty thousand unknown keys the first 200 are named', () => {
    const result = parsePlan(Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'));
    expect(result.ok ? [] : result.problems).toHaveLength(201);
  });
});

describe('garbage never throws', () => {
  const known = fc.constantFrom(
    ...'apiVersion kind metadata spec name reason requester cluster steps id action target params dependsOn when retry verify forEach in as approval rollback mode step'.split(
      ' ',
    ),
  );
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(
        null,
        0,
        -1,
        1e30,
        true,
        '',
        'required',
        '5m',
        'a',
        'Deployment/shop/web',
        '${{ steps.a }}',
        '${{',
        'kubernaut.dev/v1alpha1',
        'RemediationPlan',
      ),
      fc.string(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(known, fc.string()), tie('value'), { maxKeys: 5 }),
    ),
  })).value;

  it('as a document', () => {
    fc.assert(
      fc.property(value, value, value, (metadata, spec, step) => {
        for (const given of [metadata, { metadata, spec }, document({ steps: [step, metadata, spec] })]) {
          const result = checkPlan(given, { actions: catalog });
          if (result.ok) continue;
          for (const problem of result.problems)
            expect(problem).toMatchObject({
              message: expect.stringMatching(/\w/),
              remedy: expect.stringMatching(/\w/),
            });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('as text', () => {
    const pieces = fc.array(
      fc.constantFrom(...'a: |- |? |[|{|]|}|,|"|\'|\n|  |&a |*a |!!t |#|---\n|steps:|\t|%|: |> |x'.split('|')),
      { maxLength: 40 },
    );
    const broken = fc
      .tuple(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 10 }))
      .map(([at, cut, more]) => text.slice(0, at) + more + text.slice(at + cut));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((words) => words.join('')),
          broken,
        ),
        (given) => {
          const result = parsePlan(given, { actions: catalog });
          expect(result.ok || result.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

it('a plan written as YAML again reads as the same plan', () => {
  const first = parsePlan(text);
  if (!first.ok) throw new Error('the sample plan is refused');
  expect(parsePlan(stringify(first.plan))).toEqual(first);
  expect(parsePlan(JSON.stringify(first.plan))).toEqual(first);
});
