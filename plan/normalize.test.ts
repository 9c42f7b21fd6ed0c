import { fc } from '../test/setup/property';
import { stringify } from 'yaml';
import { document, log, scale } from '../test/unit/plan/support/documents';
import type { JsonObject } from './json';
import { parsePlan } from './parse';
import { checkPlan } from './check';

function normalized(given: unknown) {
  const result = checkPlan(given);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.plan;
}

const stepOf = (step: JsonObject, ...before: JsonObject[]) =>
  normalized(document({ steps: [...before, step] })).spec.steps.at(-1)!;
const noApproval = { required: false, deadline: '60m', remindEvery: '15m' };

it('fills in every default', () => {
  expect(normalized(document({ steps: [{ id: 'a', action: 'log' }] }))).toEqual({
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'web-down', reason: 'web is down', requester: 'jo' },
    spec: {
      cluster: 'default',
      timeout: '2h',
      rollbackStrategy: 'automatic',
      dryRun: false,
      approval: noApproval,
      steps: [
        {
          id: 'a',
          action: 'log',
          params: {},
          dependsOn: [],
          timeout: '10m',
          retry: { attempts: 3, initialInterval: '1s', backoff: 2, maxInterval: '30s' },
          verify: {},
          critical: true,
          onFailure: 'rollback',
          rollback: { mode: 'auto' },
          temporary: false,
          approval: noApproval,
        },
      ],
    },
  });
});

it.each<[string, JsonObject, JsonObject]>([
  ['a step waits for the one before it', {}, { dependsOn: ['before'] }],
  ['unless it says that it starts at once', { dependsOn: [] }, { dependsOn: [] }],
  ['a dependency named twice counts once', { dependsOn: ['before', 'before'] }, { dependsOn: ['before'] }],
  ['a step that is not critical lets the plan go on', { critical: false }, { critical: false, onFailure: 'continue' }],
  ['unless it says otherwise', { critical: false, onFailure: 'stop' }, { onFailure: 'stop' }],
  [
    'a short target',
    { target: 'Deployment/shop/web' },
    { target: { cluster: 'default', kind: 'Deployment', namespace: 'shop', name: 'web' } },
  ],
  ['a target without namespace', { target: 'Node/n1' }, { target: { cluster: 'default', kind: 'Node', name: 'n1' } }],
  [
    'a target with a slash in its template',
    { target: 'Node/${{ string(4 / 2) }}' },
    { target: { kind: 'Node', name: '${{ string(4 / 2) }}' } },
  ],
  [
    'a target of another cluster',
    { target: { cluster: 'eu', kind: 'Node', name: 'n1' } },
    { target: { cluster: 'eu', kind: 'Node', name: 'n1' } },
  ],
  ['approval in a word', { approval: 'required' }, { approval: { ...noApproval, required: true } }],
  ['no approval in a word', { approval: 'none' }, { approval: noApproval }],
  [
    'approval in full',
    { approval: { required: true, deadline: '5m' } },
    { approval: { required: true, deadline: '5m', remindEvery: '15m' } },
  ],
  ['rollback in a word', { rollback: 'none' }, { rollback: { mode: 'none' } }],
  [
    'an explicit rollback',
    { rollback: { action: 'log', target: 'Node/n1' } },
    {
      rollback: {
        mode: 'step',
        step: { action: 'log', target: { cluster: 'default', kind: 'Node', name: 'n1' }, params: {} },
      },
    },
  ],
  [
    'a long first wait is the longest too',
    { retry: { initialInterval: '2m' } },
    { retry: { attempts: 3, initialInterval: '2m', backoff: 2, maxInterval: '2m' } },
  ],
  [
    'conditions lose their template signs',
    { when: ' ${{ steps.before.effect.n < 3 }} ' },
    { when: 'steps.before.effect.n < 3' },
  ],
  [
    'loops',
    { forEach: { in: '${{ steps.before.items }}' } },
    { forEach: { in: 'steps.before.items', as: 'item', max: 20, parallel: false } },
  ],
])('%s', (_title, written, expected) => {
  expect(stepOf(log('a', written), log('before'))).toMatchObject(expected);
});

describe('any valid plan', () => {
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const duration = fc.constantFrom('500ms', '90s', '1h30m', '10m', '1.5h');
  const approval = fc.oneof(
    fc.constantFrom('required', 'none'),
    fc.record({ required: fc.boolean(), deadline: duration }, { requiredKeys: ['required'] }),
  );
  const message = fc.constantFrom('plain', '${{ plan.name }}', 'a ${{ 1 + 2 }} b', '$${{ literal }}');
  const step = fc.record({
    target: optional(fc.constantFrom('Deployment/shop/web', 'Node/n1', 'Node/${{ plan.name }}')),
    params: optional(
      fc.record({
        message,
        more: fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('${{')),
      }),
    ),
    dependsOn: optional(fc.array(fc.nat(20), { maxLength: 3 })),
    when: optional(fc.constantFrom('plan.cluster == "x"', '${{ true }}', '  1 < 2')),
    timeout: optional(duration),
    retry: optional(
      fc.record({ attempts: fc.integer({ min: 1, max: 9 }), initialInterval: duration }, { requiredKeys: [] }),
    ),
    verify: optional(fc.record({ expect: fc.constant('evidence.ok'), timeout: duration }, { requiredKeys: [] })),
    critical: optional(fc.boolean()),
    onFailure: optional(fc.constantFrom('rollback', 'continue', 'stop')),
    rollback: optional(
      fc.constantFrom<unknown>(
        'auto',
        'none',
        { action: 'log' },
        { mode: 'auto' },
        { mode: 'step', step: { action: 'log', params: { message: 'm' } } },
      ),
    ),
    forEach: optional(
      fc.record(
        {
          in: fc.constantFrom<unknown>([1, 2], '[1, 2]'),
          as: fc.constant('thing'),
          max: fc.integer({ min: 2, max: 100 }),
        },
        { requiredKeys: ['in'] },
      ),
    ),
    approval: optional(approval),
  });
  const plan = fc
    .tuple(fc.array(step, { minLength: 1, maxLength: 6 }), optional(approval), optional(duration))
    .map(([steps, planApproval, timeout]) =>
      document({
        spec: { ...(planApproval && { approval: planApproval as JsonObject }), ...(timeout && { timeout }) },
        steps: steps.map(({ dependsOn, ...more }, index) => ({
          id: `s${index}`,
          action: 'log',
          ...more,
          ...(dependsOn && { dependsOn: index === 0 ? [] : dependsOn.map((other) => `s${other % index}`) }),
        })),
      }),
    );

  it('holds no negative zero, which JSON does not know', () => {
    const plan = normalized(
      document({ steps: [{ id: 'a', action: 'log', params: { message: 'x', fields: { by: -0 } } }] }),
    );
    expect(plan.spec.steps[0]!.params).toStrictEqual({ message: 'x', fields: { by: 0 } });
  });

  it('comes out of a second check as it came out of the first, also through YAML', () => {
    fc.assert(
      fc.property(plan, (given) => {
        const before = JSON.stringify(given);
        const first = normalized(given);
        expect(JSON.stringify(given)).toBe(before);
        expect(normalized(first)).toEqual(first);
        expect(JSON.parse(JSON.stringify(first))).toEqual(first);
        expect(parsePlan(stringify(first))).toMatchObject({ ok: true, plan: first });
      }),
      { numRuns: 150 },
    );
  });
});

it('a plan of 500 steps with long expressions is checked too', () => {
  const steps = Array.from({ length: 500 }, (_, i) =>
    scale(`s${i}`, i > 0 ? { when: `steps.s${i - 1}.effect.replicas > ${i}` } : {}),
  );
  expect(normalized(document({ steps })).spec.steps).toHaveLength(500);
});
