import { catalog } from '../test/unit/plan/support/catalog';
import { document, log, scale } from '../test/unit/plan/support/documents';
import { checkPlan } from './check';

type Expected = Array<[path: string, code: string, remedy: RegExp]>;

function problemsOf(given: unknown) {
  const result = checkPlan(given, { actions: catalog });
  return result.ok ? [] : result.problems;
}

const places = (problems: readonly { path: string; code: string }[]) =>
  problems.map(({ path, code }) => `${path} ${code}`);
const expectedPlaces = (expected: Expected) => expected.map(([path, code]) => `${path} ${code}`);

/** Each problem has a message, and the remedy that is expected. */
function checkRemedies(problems: ReturnType<typeof problemsOf>, expected: Expected): void {
  problems.forEach((problem, index) => {
    expect(problem.message).toMatch(/\w/);
    expect(problem.remedy).toMatch(expected[index]![2]);
  });
}

const steps = (...list: unknown[]) => document({ steps: list });

describe('a plan is refused for its form', () => {
  it.each<[string, unknown, Expected]>([
    ['no object', 'text', [['', 'WRONG_TYPE', /./]]],
    [
      'nothing',
      {},
      [
        ['apiVersion', 'MISSING', /Add it/],
        ['kind', 'MISSING', /Add it/],
        ['metadata', 'MISSING', /Add it/],
        ['spec', 'MISSING', /Add it/],
      ],
    ],
    ['another version', { ...document(), apiVersion: 'v2' }, [['apiVersion', 'INVALID_VALUE', /Version/]]],
    ['another kind', { ...document(), kind: 'Plan' }, [['kind', 'INVALID_VALUE', /What the document is/]]],
    [
      'unknown key with a close one',
      { ...document(), metdata: 1 },
      [['metdata', 'UNKNOWN_KEY', /Did you mean metadata\?/]],
    ],
    [
      'unknown key without',
      document({ spec: { zebra: 1 } }),
      [['spec.zebra', 'UNKNOWN_KEY', /here may stand cluster, timeout/]],
    ],
    [
      'name with capitals',
      document({ metadata: { name: 'Web' } }),
      [['metadata.name', 'INVALID_VALUE', /workflow id/]],
    ],
    ['name too long', document({ metadata: { name: 'a'.repeat(64) } }), [['metadata.name', 'INVALID_VALUE', /./]]],
    [
      'empty reason',
      document({ metadata: { reason: '' } }),
      [['metadata.reason', 'INVALID_VALUE', /Why this plan exists/]],
    ],
    [
      'investigation url of another scheme',
      document({ metadata: { investigation: { url: 'javascript:alert(1)' } } }),
      [['metadata.investigation.url', 'INVALID_VALUE', /read/]],
    ],
    [
      'label that is no text',
      document({ metadata: { labels: { 'a/b': 1 } } }),
      [['metadata.labels["a/b"]', 'WRONG_TYPE', /./]],
    ],
    [
      'unknown strategy',
      document({ spec: { rollbackStrategy: 'auto' } }),
      [['spec.rollbackStrategy', 'INVALID_VALUE', /automatic/]],
    ],
    ['no steps', steps(), [['spec.steps', 'INVALID_VALUE', /1–500/]]],
    ['steps that are no list', document({ spec: { steps: {} } }), [['spec.steps', 'WRONG_TYPE', /1–500/]]],
    ['a step that is no object', steps('log'), [['spec.steps[0]', 'WRONG_TYPE', /./]]],
    [
      'too many steps',
      steps(...Array.from({ length: 501 }, (_, i) => log(`s${i}`))),
      [['spec.steps', 'TOO_MANY_STEPS', /forEach/]],
    ],
    [
      'step without id and action',
      steps({}),
      [
        ['spec.steps[0].id', 'MISSING', /Unique name/],
        ['spec.steps[0].action', 'MISSING', /kubernaut actions/],
      ],
    ],
    ['bad id', steps(log('1st')), [['spec.steps[0].id', 'INVALID_VALUE', /Unique/]]],
    [
      'duration in words',
      steps(log('a', { timeout: '5 minutes' })),
      [['spec.steps[0].timeout', 'INVALID_VALUE', /Default 10m/]],
    ],
    [
      'duration without unit',
      steps(log('a', { timeout: 5 })),
      [['spec.steps[0].timeout', 'WRONG_TYPE', /Default 10m/]],
    ],
    [
      'duration of 31 days',
      steps(log('a', { timeout: '744h' })),
      [['spec.steps[0].timeout', 'INVALID_VALUE', /Default 10m/]],
    ],
    [
      'duration of nothing',
      steps(log('a', { timeout: '0s' })),
      [['spec.steps[0].timeout', 'INVALID_VALUE', /Default 10m/]],
    ],
    [
      'no attempts',
      steps(log('a', { retry: { attempts: 0 } })),
      [['spec.steps[0].retry.attempts', 'INVALID_VALUE', /Default 3/]],
    ],
    [
      'half an attempt',
      steps(log('a', { retry: { attempts: 1.5 } })),
      [['spec.steps[0].retry.attempts', 'WRONG_TYPE', /Default 3/]],
    ],
    [
      'waits that shrink',
      steps(log('a', { retry: { initialInterval: '1m', maxInterval: '30s' } })),
      [['spec.steps[0].retry.maxInterval', 'INVALID_VALUE', /as long as/]],
    ],
    [
      'approval in another word',
      steps(log('a', { approval: 'yes' })),
      [['spec.steps[0].approval', 'WRONG_TYPE', /approve/]],
    ],
    [
      'approval that does not say whether',
      steps(log('a', { approval: { deadline: '5m' } })),
      [['spec.steps[0].approval.required', 'MISSING', /Whether/]],
    ],
    [
      'rollback in another word',
      steps(log('a', { rollback: 'never' })),
      [['spec.steps[0].rollback', 'WRONG_TYPE', /none/]],
    ],
    [
      'rollback step with a typo',
      steps(log('a', { rollback: { action: 'wait', params: { for: '1m' }, parms: {} } })),
      [['spec.steps[0].rollback.parms', 'UNKNOWN_KEY', /params/]],
    ],
    [
      'rollback step without params it needs',
      steps(log('a', { rollback: { action: 'log' } })),
      [['spec.steps[0].rollback.params.message', 'PARAMS_INVALID', /kubernaut actions log/]],
    ],
    [
      'forEach too many',
      steps(log('a', { forEach: { in: [1], max: 101 } })),
      [['spec.steps[0].forEach.max', 'INVALID_VALUE', /Default 20/]],
    ],
    [
      'forEach over more than its max',
      steps(log('a', { forEach: { in: [1, 2, 3], max: 2 } })),
      [['spec.steps[0].forEach.in', 'INVALID_VALUE', /Raise max/]],
    ],
    [
      'forEach over a number',
      steps(log('a', { forEach: { in: 3 } })),
      [['spec.steps[0].forEach.in', 'WRONG_TYPE', /list/]],
    ],
    [
      'loop variable that hides another',
      steps(log('a', { forEach: { in: [1], as: 'steps' } })),
      [['spec.steps[0].forEach.as', 'INVALID_VALUE', /another name/]],
    ],
    ['target text', steps(scale('a', { target: 'web' })), [['spec.steps[0].target', 'INVALID_VALUE', /object/]]],
    [
      'target of four parts',
      steps(scale('a', { target: 'Deployment/a/b/c' })),
      [['spec.steps[0].target', 'INVALID_VALUE', /object/]],
    ],
    [
      'target without name',
      steps(scale('a', { target: { kind: 'Deployment', namespace: 'shop' } })),
      [['spec.steps[0].target.name', 'MISSING', /Add it/]],
    ],
    [
      'templates where none are allowed',
      steps(scale('a', { target: { kind: 'Deployment', namespace: 'shop', name: 'web', uid: '${{ plan.name }}' } })),
      [['spec.steps[0].target.uid', 'INVALID_VALUE', /very object/]],
    ],
    [
      'Deployment without namespace',
      steps(scale('a', { target: 'Deployment/web' })),
      [['spec.steps[0].target', 'TARGET_NAMESPACE', /namespace/]],
    ],
    [
      'Node with namespace',
      steps({ id: 'a', action: 'cordon_node', target: 'Node/shop/n1' }),
      [['spec.steps[0].target', 'TARGET_NAMESPACE', /Remove/]],
    ],
  ])('%s', (_title, given, expected) => {
    const problems = problemsOf(given);
    expect(places(problems)).toEqual(expectedPlaces(expected));
    checkRemedies(problems, expected);
  });
});

describe('a plan is refused for its graph', () => {
  it.each<[string, unknown, Expected]>([
    ['duplicate id', steps(log('a'), log('a', { dependsOn: [] })), [['spec.steps[1].id', 'DUPLICATE_ID', /own/]]],
    [
      'unknown step',
      steps(log('check'), log('b', { dependsOn: ['chekc'] })),
      [['spec.steps[1].dependsOn[0]', 'UNKNOWN_STEP', /Did you mean check\?/]],
    ],
    [
      'a step that waits for itself',
      steps(log('a', { dependsOn: ['a'] })),
      [['spec.steps[0].dependsOn', 'CYCLE', /Remove one/]],
    ],
    [
      'a cycle of two',
      steps(log('a', { dependsOn: ['b'] }), log('b', { dependsOn: ['a'] })),
      [['spec.steps[0].dependsOn', 'CYCLE', /Remove one/]],
    ],
    [
      'a cycle through the list order',
      steps(log('a', { dependsOn: ['b'] }), log('b')),
      [['spec.steps[0].dependsOn', 'CYCLE', /b names no dependsOn.*dependsOn: \[\]/]],
    ],
  ])('%s', (_title, given, expected) => {
    const problems = problemsOf(given);
    expect(places(problems)).toEqual(expectedPlaces(expected));
    checkRemedies(problems, expected);
  });

  it('naming the way round', () => {
    const given = steps(
      log('a', { dependsOn: ['c'] }),
      log('b', { dependsOn: ['a'] }),
      log('c', { dependsOn: ['b'] }),
      log('d'),
    );
    expect(problemsOf(given)).toMatchObject([{ message: 'these steps wait for each other: a → c → b → a' }]);
  });
});

describe('a plan is refused for its expressions', () => {
  const when = (expression: string, ...others: unknown[]) =>
    steps(log('check'), ...others, log('act', { when: expression }));
  it.each<[string, unknown, Expected]>([
    ['syntax', when('steps.check.status =='), [['spec.steps[1].when', 'EXPRESSION_INVALID', /Correct/]]],
    ['types', when('"a" + 1 == "b"'), [['spec.steps[1].when', 'EXPRESSION_INVALID', /Correct/]]],
    ['a clock', when('now() > 1'), [['spec.steps[1].when', 'EXPRESSION_INVALID', /Correct/]]],
    ['a condition that is a number', when('1 + 1'), [['spec.steps[1].when', 'EXPRESSION_INVALID', /Compare/]]],
    ['too long', when(`1 == ${'1'.repeat(4100)}`), [['spec.steps[1].when', 'EXPRESSION_INVALID', /Correct/]]],
    [
      'unknown variable',
      when('check.status == "x"'),
      [['spec.steps[1].when', 'UNKNOWN_REFERENCE', /Did you mean steps.check\?/]],
    ],
    [
      'unknown step',
      when('steps.chek.status == "x"'),
      [['spec.steps[1].when', 'UNKNOWN_REFERENCE', /Did you mean check\?/]],
    ],
    [
      'unknown field of a step',
      when('steps.check.evidnce.ready'),
      [['spec.steps[1].when', 'UNKNOWN_REFERENCE', /evidence/]],
    ],
    [
      'unknown field of the plan',
      when('plan.nam == "x"'),
      [['spec.steps[1].when', 'UNKNOWN_REFERENCE', /Did you mean name/]],
    ],
    [
      'computed step',
      when('steps[plan.name].status == "x"'),
      [['spec.steps[1].when', 'UNKNOWN_REFERENCE', /Name the step/]],
    ],
    ['all steps', when('size(steps) > 1'), [['spec.steps[1].when', 'UNKNOWN_REFERENCE', /Name the step/]]],
    [
      'a dash read as minus',
      when('steps.scale-up.effect.replicas > 3', log('scale-up')),
      [
        ['spec.steps[2].when', 'UNKNOWN_REFERENCE', /steps\["scale-up"\]/],
        ['spec.steps[2].when', 'UNKNOWN_REFERENCE', /steps\["scale-up"\]/],
      ],
    ],
    [
      'a later step',
      steps(log('a', { when: 'steps.b.status == "x"' }), log('b')),
      [['spec.steps[0].when', 'FORWARD_REFERENCE', /Add b to dependsOn of a/]],
    ],
    [
      'an earlier step it does not wait for',
      steps(log('a'), log('b', { dependsOn: [], when: 'steps.a.status == "x"' })),
      [['spec.steps[1].when', 'FORWARD_REFERENCE', /Add a to dependsOn of b/]],
    ],
    ['itself', when('steps.act.status == "x"'), [['spec.steps[1].when', 'FORWARD_REFERENCE', /verify.expect/]]],
    [
      'itself by name in verify',
      steps(log('a', { verify: { expect: 'steps.a.evidence.ok' } })),
      [['spec.steps[0].verify.expect', 'FORWARD_REFERENCE', /evidence/]],
    ],
    [
      'own outputs outside of verify',
      when('evidence.ready'),
      [['spec.steps[1].when', 'UNKNOWN_REFERENCE', /Only verify.expect/]],
    ],
    [
      'loop variable without a loop',
      steps(log('a', { params: { message: '${{ item }}' } })),
      [['spec.steps[0].params.message', 'UNKNOWN_REFERENCE', /There are steps, plan/]],
    ],
    [
      'loop variable under another name',
      steps(log('a', { forEach: { in: [1], as: 'pod' }, params: { message: '${{ item }}' } })),
      [['spec.steps[0].params.message', 'UNKNOWN_REFERENCE', /pod/]],
    ],
    [
      'loop variable before the loop',
      steps(log('a', { forEach: { in: '[item]' } })),
      [['spec.steps[0].forEach.in', 'UNKNOWN_REFERENCE', /into when/]],
    ],
    [
      'items that are no list',
      steps(log('a', { forEach: { in: 'size("abc")' } })),
      [['spec.steps[0].forEach.in', 'EXPRESSION_INVALID', /list/]],
    ],
    [
      'template that is not closed',
      steps(log('a', { params: { message: 'x ${{ plan.name' } })),
      [['spec.steps[0].params.message', 'EXPRESSION_INVALID', /Close it/]],
    ],
    [
      'template deep inside params',
      steps(log('a', { params: { message: 'm', fields: { x: '${{ plan.nam }}' } } })),
      [['spec.steps[0].params.fields.x', 'UNKNOWN_REFERENCE', /name/]],
    ],
    [
      'template in a target',
      steps(scale('a', { target: 'Deployment/shop/${{ nope }}' })),
      [['spec.steps[0].target', 'UNKNOWN_REFERENCE', /./]],
    ],
    [
      'two templates in one text',
      steps(log('a', { params: { message: '${{ x }} ${{ y }}' } })),
      [
        ['spec.steps[0].params.message', 'UNKNOWN_REFERENCE', /./],
        ['spec.steps[0].params.message', 'UNKNOWN_REFERENCE', /./],
      ],
    ],
    [
      'rollback over a later step',
      steps(log('a', { rollback: { action: 'log', params: { message: '${{ steps.b.status }}' } } }), log('b')),
      [['spec.steps[0].rollback.params.message', 'FORWARD_REFERENCE', /Add b/]],
    ],
  ])('%s', (_title, given, expected) => {
    const problems = problemsOf(given);
    expect(places(problems)).toEqual(expectedPlaces(expected));
    checkRemedies(problems, expected);
  });
});

describe('a plan is refused for its actions', () => {
  it.each<[string, unknown, Expected]>([
    [
      'unknown action',
      steps({ id: 'a', action: 'scale_deploymnt', target: 'Deployment/shop/web' }),
      [['spec.steps[0].action', 'UNKNOWN_ACTION', /Did you mean scale_deployment\?/]],
    ],
    [
      'unlike any',
      steps({ id: 'a', action: 'kubectl' }),
      [['spec.steps[0].action', 'UNKNOWN_ACTION', /kubernaut actions/]],
    ],
    [
      'no target',
      steps({ id: 'a', action: 'cordon_node' }),
      [['spec.steps[0].target', 'TARGET_MISSING', /Node\/node-1/]],
    ],
    [
      'target not taken',
      steps(log('a', { target: 'Node/n1' })),
      [['spec.steps[0].target', 'TARGET_UNEXPECTED', /Remove/]],
    ],
    [
      'wrong kind',
      steps(scale('a', { target: 'StatefulSet/shop/db' })),
      [['spec.steps[0].target', 'TARGET_KIND', /It takes Deployment/]],
    ],
    [
      'unknown param',
      steps(scale('a', { params: { replicas: 1, replica: 2 } })),
      [['spec.steps[0].params.replica', 'PARAMS_INVALID', /kubernaut actions scale_deployment/]],
    ],
    ['missing param', steps(scale('a', { params: {} })), [['spec.steps[0].params.replicas', 'PARAMS_INVALID', /./]]],
    [
      'a temporary effect that outlasts the plan',
      document({ spec: { timeout: '30m' }, steps: [scale('a', { temporary: { for: '30m' } })] }),
      [['spec.steps[0].temporary.for', 'INVALID_VALUE', /Raise spec.timeout/]],
    ],
    [
      'a temporary step without an undo',
      steps(
        { id: 'a', action: 'restart_pod', target: 'Pod/shop/web-1', temporary: true },
        scale('b', { temporary: true, rollback: 'none' }),
      ),
      [
        ['spec.steps[0].temporary', 'TEMPORARY_NOT_UNDOABLE', /explicit rollback/],
        ['spec.steps[1].temporary', 'TEMPORARY_NOT_UNDOABLE', /explicit rollback/],
      ],
    ],
    [
      'explicit rollback with unknown action',
      steps(log('a', { rollback: { action: 'undo_it' } })),
      [['spec.steps[0].rollback.action', 'UNKNOWN_ACTION', /./]],
    ],
    [
      'explicit rollback in the settled form',
      steps(log('a', { rollback: { mode: 'step', step: { action: 'undo_it' } } })),
      [['spec.steps[0].rollback.step.action', 'UNKNOWN_ACTION', /./]],
    ],
    [
      'explicit rollback that inherits an unfit target',
      steps(scale('a', { rollback: { action: 'cordon_node' } })),
      [['spec.steps[0].rollback.target', 'TARGET_KIND', /Node/]],
    ],
    [
      'literal params beside templated ones',
      steps(scale('a', { params: { replicas: '${{ 1 + 2 }}', max: 'x', replica: 2 } })),
      [
        ['spec.steps[0].params.max', 'PARAMS_INVALID', /./],
        ['spec.steps[0].params.replica', 'PARAMS_INVALID', /./],
      ],
    ],
  ])('%s', (_title, given, expected) => {
    const problems = problemsOf(given);
    expect(places(problems)).toEqual(expectedPlaces(expected));
    checkRemedies(problems, expected);
  });

  it.each<[string, unknown]>([
    ['a templated param, whatever its type', scale('a', { params: { replicas: '${{ 1 + 2 }}' } })],
    ['a templated param of a union', { id: 'a', action: 'wait', params: { for: '${{ "5m" }}' } }],
    ['a template inside an object', log('a', { params: { message: 'm', fields: { x: '${{ 1 }}' } } })],
    ['a templated object', log('a', { params: { message: 'm', fields: '${{ plan.labels }}' } })],
    [
      'an explicit rollback on the same target',
      scale('a', { rollback: { action: 'scale_deployment', params: { replicas: '${{ steps.a.effect.previous }}' } } }),
    ],
  ])('but not for %s', (_title, step) => expect(problemsOf(steps(step))).toEqual([]));
});

describe('expressions may read', () => {
  it.each<[string, unknown[]]>([
    ['what they depend on through others', [log('a'), log('b'), log('c', { when: 'steps.a.status == "succeeded"' })]],
    [
      'several dependencies',
      [
        log('a'),
        log('b', { dependsOn: [] }),
        log('c', { dependsOn: ['a', 'b'], when: 'has(steps.a.effect.x) && steps["b"].evidence.y' }),
      ],
    ],
    [
      'a step that stands later in the list but comes before',
      [log('z', { dependsOn: ['y'], when: 'steps.y.status == "x"' }), log('y', { dependsOn: [] })],
    ],
    ['their own outputs in verify', [log('a', { verify: { expect: 'evidence.ready >= effect.replicas' } })]],
    [
      'themselves in rollback',
      [log('a', { rollback: { action: 'log', params: { message: '${{ steps.a.effect.previous }}' } } })],
    ],
    [
      'the loop variable',
      [
        log('a', {
          forEach: { in: ['x'], as: 'pod' },
          when: 'pod != "y"',
          params: { message: '${{ pod }}' },
          verify: { expect: 'evidence.name == pod' },
        }),
      ],
    ],
    [
      'items of an earlier step',
      [
        log('a'),
        log('b', {
          forEach: { in: '${{ steps.a.evidence.pods.filter(p, !p.ready) }}' },
          params: { message: '${{ item.name }}' },
        }),
      ],
    ],
    [
      'the items of a loop',
      [log('a', { forEach: { in: [1] } }), log('b', { when: 'steps.a.items.all(i, i.status == "succeeded")' })],
    ],
    ['the plan', [log('a', { when: 'plan.cluster == "prod" && plan.labels["team"] == "shop"' })]],
    ['nothing, where the template is escaped', [log('a', { params: { message: 'write $${{ nope }}' } })]],
  ])('%s', (_title, list) => expect(problemsOf(steps(...list))).toEqual([]));
});

describe('all problems are found at once', () => {
  it('of every kind, in document order; a broken step hides nothing in the others', () => {
    const given = document({
      metadata: { name: 'X' },
      steps: [
        { id: 7, action: 'log', params: [] },
        log('b', { when: 'steps.nope.status == "x"', tiemout: '1m' }),
        'junk',
        scale('b', { params: { replicas: 'many' }, dependsOn: ['gone'] }),
        { id: 'e', action: 'nope', retry: { attempts: 0 }, when: '1 +' },
      ],
    });
    expect(problemsOf(given).map(({ path, code }) => `${path} ${code}`)).toEqual([
      'metadata.name INVALID_VALUE',
      'spec.steps[0].id WRONG_TYPE',
      'spec.steps[0].params WRONG_TYPE',
      'spec.steps[1].when UNKNOWN_REFERENCE',
      'spec.steps[1].tiemout UNKNOWN_KEY',
      'spec.steps[2] WRONG_TYPE',
      'spec.steps[3].id DUPLICATE_ID',
      'spec.steps[3].params.replicas PARAMS_INVALID',
      'spec.steps[3].dependsOn[0] UNKNOWN_STEP',
      'spec.steps[4].action UNKNOWN_ACTION',
      'spec.steps[4].retry.attempts INVALID_VALUE',
      'spec.steps[4].when EXPRESSION_INVALID',
    ]);
  });

  it('up to 200, and says how many more there are', () => {
    const many = Array.from({ length: 300 }, (_, i) => log(`s${i}`, { timeout: 'x' }));
    const problems = problemsOf(steps(...many));
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)).toMatchObject({ code: 'MORE_PROBLEMS', message: 'and 100 more problems' });
  });
});

describe('what is no JSON is refused', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  it.each<[string, unknown, string]>([
    ['a cycle', cyclic, 'NOT_JSON'],
    ['a date', { a: new Date(0) }, 'NOT_JSON'],
    ['a function', { a: () => 1 }, 'NOT_JSON'],
    ['NaN', { a: NaN }, 'NOT_JSON'],
    ['a hole in a list', [undefined], 'NOT_JSON'],
    ['nothing at all', undefined, 'NOT_JSON'],
    ['more than a mebibyte', document({ metadata: { reason: 'x'.repeat(1024 * 1024) } }), 'TOO_LARGE'],
  ])('%s', (_title, given, code) =>
    expect(problemsOf(given)).toMatchObject([{ code, remedy: expect.stringMatching(/\w/) }]),
  );
});

describe('the requester', () => {
  const { requester: _, ...anonymous } = document().metadata as Record<string, string>;
  const given = { ...document(), metadata: anonymous };

  it('is required', () => expect(problemsOf(given)).toMatchObject([{ path: 'metadata.requester', code: 'MISSING' }]));

  it('is who submits the plan, when the plan names none', () => {
    expect(checkPlan(given, { requester: 'cli' })).toMatchObject({
      ok: true,
      plan: { metadata: { requester: 'cli' } },
    });
    expect(checkPlan(document(), { requester: 'cli' })).toMatchObject({
      ok: true,
      plan: { metadata: { requester: 'jo' } },
    });
  });
});

describe('a valid plan is warned about', () => {
  it.each<[string, unknown, string, string]>([
    [
      'a step that outlives the plan',
      document({ spec: { timeout: '5m' }, steps: [log('a')] }),
      'spec.steps[0].timeout',
      'TIMEOUT_BEYOND_PLAN',
    ],
    [
      'an approval that outlives the plan',
      document({ spec: { timeout: '30m', approval: 'required' } }),
      'spec.approval',
      'DEADLINE_BEYOND_PLAN',
    ],
    [
      'a verification that outlives the step',
      steps(log('a', { verify: { timeout: '11m' } })),
      'spec.steps[0].verify.timeout',
      'VERIFY_BEYOND_STEP',
    ],
    [
      'critical and going on',
      steps(log('a', { onFailure: 'continue' })),
      'spec.steps[0].onFailure',
      'CRITICAL_CONTINUES',
    ],
    [
      'what cannot be undone',
      steps({ id: 'a', action: 'restart_pod', target: 'Pod/shop/web-1' }),
      'spec.steps[0].rollback',
      'CANNOT_UNDO',
    ],
  ])('%s', (_title, given, path, code) => {
    const result = checkPlan(given, { actions: catalog });
    expect(result).toMatchObject({ ok: true, warnings: [{ path, code, remedy: expect.stringMatching(/\w/) }] });
  });

  it('not, when it was seen to', () => {
    const given = steps({ id: 'a', action: 'restart_pod', target: 'Pod/shop/web-1', rollback: 'none' });
    expect(checkPlan(given, { actions: catalog })).toMatchObject({ ok: true, warnings: [] });
  });
});
