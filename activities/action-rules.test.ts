import { defaultActionSettings, type ActionSettings } from '../config/action-settings';
import { parseSettings } from '../config/parse-settings';
import { actionRulesSchema } from '../config/sections/action-rules';
import { actionSettings } from '../config/action-settings';
import type { FieldChange, StepRequest } from '../plan/step-io';
import { refuseDenied, refuseDeniedChanges, rulesFor } from './action-rules';
import { checkActionNames, checkActionRules, idleRules } from './action-rules-check';
import { createRegistry } from './actions';
import type { ActionContext } from './contract';

const web = { cluster: 'prod-eu', kind: 'Deployment', namespace: 'shop', name: 'web' };
const scale: StepRequest = {
  ...{ operationId: 'r/1/s', stepId: 's', action: 'scale_deployment', cluster: 'prod-eu' },
  target: web,
  params: { replicas: 5 },
};
const settings = (rules: object[], environment?: string): ActionSettings => ({
  ...defaultActionSettings,
  rules: actionRulesSchema.parse(rules.map((rule, index) => ({ name: `rule-${index}`, reason: 'because', ...rule }))),
  ...(environment !== undefined && { environment }),
});

function refusal(run: () => void): { code?: string; message: string } {
  try {
    run();
  } catch (error) {
    return error as { code: string; message: string };
  }
  return { message: 'allowed' };
}
const denied = (step: StepRequest, given: ActionSettings) =>
  refusal(() => refuseDenied(step, step.params, given)).message;

describe('A rule is about', () => {
  const deny = { actions: ['scale_*'], deny: true };
  test.each<[string, object, Partial<StepRequest>, boolean]>([
    ['every step of its actions', deny, {}, true],
    ['no other action', { ...deny, actions: ['drain_node'] }, {}, false],
    ['its clusters', { ...deny, clusters: ['prod-*'] }, {}, true],
    ['no other cluster', { ...deny, clusters: ['prod-*'] }, { cluster: 'dev' }, false],
    ['its namespaces', { ...deny, namespaces: ['kube-*', 'shop'] }, {}, true],
    ['no other namespace', { ...deny, namespaces: ['kube-*'] }, {}, false],
    ['no target outside namespaces, when it names some', { ...deny, namespaces: ['*'] }, { target: undefined }, false],
    ['its environments', { ...deny, environments: ['production'] }, {}, true],
    ['no other environment', { ...deny, environments: ['test'] }, {}, false],
    ['steps for which all of it is true', { ...deny, clusters: ['prod-*'], namespaces: ['bank'] }, {}, false],
  ])('%s', (_, rule, step, fits) => {
    expect(rulesFor({ ...scale, ...step }, settings([rule], 'production'))).toHaveLength(fits ? 1 : 0);
  });

  test('a cluster without an environment is of none', () => {
    expect(rulesFor(scale, settings([{ ...deny, environments: ['*'] }]))).toEqual([]);
  });
});

describe('An environment is that of the cluster of the step', () => {
  const given = parseSettings(
    {
      clusters: [
        { name: 'prod-eu', context: 'a', environment: 'production' },
        { name: 'stage', context: 'b', environment: 'staging' },
        { name: 'dev', context: 'c' },
      ],
      actions: {
        rules: [
          { name: 'frozen', reason: 'r', actions: ['scale_*', 'webhook'], environments: ['production'], deny: true },
          {
            ...{ name: 'small', reason: 'r', actions: ['scale_*'], environments: ['stag*'] },
            ...{ namespaces: ['shop'], params: { replicas: { max: 3 } } },
          },
        ],
      },
    },
    'kubernaut.yaml',
  );
  const at = (cluster: string, step: Partial<StepRequest> = {}) =>
    denied({ ...scale, cluster, target: { ...web, cluster }, ...step }, actionSettings(given, cluster));

  test('denied in one, narrowed in another, free in a cluster of none', () => {
    expect(at('prod-eu')).toContain('rule frozen: it is denied (r)');
    expect(at('stage')).toContain('rule small: params.replicas is 5, at most 3 is allowed');
    expect(at('stage', { params: { replicas: 3 } })).toBe('allowed');
    expect(at('stage', { target: { ...web, namespace: 'bank' } })).toBe('allowed');
    expect(at('dev')).toBe('allowed');
  });

  test('a cluster of which these settings know nothing is taken for any of them', () => {
    const hook = { action: 'webhook', target: undefined, params: {} };
    expect(at('prod-us', hook)).toContain(
      'it is denied in production, and the settings of this worker do not say what prod-us is for (clusters[].environment)',
    );
    expect(at('dev', hook)).toBe('allowed');
  });

  test('rules that fit no cluster of the settings are named, and only those', () => {
    const rule = { reason: 'r', actions: ['*'], deny: true };
    const rules = (...more: object[]) => settings(more.map((each) => ({ ...rule, ...each }))).rules;
    const idle = (...more: object[]) => idleRules(rules(...more), given.clusters);
    expect(idle({}, { environments: ['prod*'] }, { clusters: ['stage'], environments: ['staging'] })).toEqual([]);
    expect(
      idle({ environments: ['prodction'] }, { clusters: ['prd-*'] }, { clusters: ['dev'], environments: ['staging'] }),
    ).toEqual([
      'rule rule-0 is about environments prodction, of which these settings name none',
      'rule rule-1 is about clusters prd-*, of which these settings name none',
      'rule rule-2 is about clusters dev and environments staging, of which these settings name none',
    ]);
    expect(idleRules(rules({}, { environments: ['x'] }), [])).toHaveLength(1);
  });
});

describe('A step is refused', () => {
  test('with the names and reasons of all rules that forbid it', () => {
    const rules = settings([
      { name: 'no-scaling', actions: ['*'], deny: true, reason: 'the shop is frozen' },
      { name: 'small', actions: ['scale_deployment'], params: { replicas: { max: 3 } }, reason: 'it is dear' },
      { name: 'other', actions: ['drain_node'], deny: true },
    ]);
    const { code, message } = refusal(() => refuseDenied(scale, scale.params, rules));
    expect(code).toBe('ACTION_DENIED');
    expect(message).toBe(
      'scale_deployment in prod-eu/shop: rule no-scaling: it is denied (the shop is frozen); ' +
        'rule small: params.replicas is 5, at most 3 is allowed (it is dear)',
    );
  });

  test.each<[object, unknown, string]>([
    [{ max: 5 }, 5, 'allowed'],
    [{ max: 5 }, 5.1, 'at most 5 is allowed'],
    [{ min: 2 }, 1, 'at least 2 is allowed'],
    [{ max: '2Gi' }, '2048Mi', 'allowed'],
    [{ max: '2Gi' }, '2049Mi', 'at most 2Gi is allowed'],
    [{ max: 5 }, 'many', 'at most 5 is allowed'],
    [{ max: 5 }, { factor: 2 }, 'at most 5 is allowed'],
    [{ oneOf: ['a', 1, false] }, 1, 'allowed'],
    [{ oneOf: ['a', 1, false] }, '1', 'allowed is a, 1, false'],
    [{ matches: 'registry[.]test/.*' }, 'registry.test/web:1', 'allowed'],
    [{ matches: 'registry[.]test/.*' }, 'evil/registry.test/web:1', 'does not match'],
    [{ matches: 'a|b' }, 'ab', 'does not match'],
    [{ absent: true }, true, 'must not be given'],
    [{ absent: true }, undefined, 'allowed'],
    [{ max: 5 }, undefined, 'must be given'],
    [{ max: 5, optional: true }, undefined, 'allowed'],
  ])('%j on %j: %s', (allowed, value, says) => {
    const step = { ...scale, params: { deep: { value } as never } };
    expect(denied(step, settings([{ actions: ['*'], params: { 'deep.value': allowed } }]))).toContain(says);
  });

  test('by what it would change, however it was asked for', () => {
    const rules = settings([{ actions: ['*'], changes: { '/spec/replicas': { max: 20 } } }]);
    const check = (diff: FieldChange[]) => refusal(() => refuseDeniedChanges(scale, diff, rules)).message;
    expect(check([{ path: '/spec/replicas', before: 2, after: 20 }])).toBe('allowed');
    expect(check([{ path: '/spec/replicas', before: 2, after: 21 }])).toContain('/spec/replicas is 21');
    expect(check([{ path: '/spec', after: { replicas: 21 } }])).toContain('/spec/replicas is 21');
    expect(check([{ path: '/spec/replicas', before: 2 }])).toBe('allowed');
    expect(check([{ path: '/spec/other', after: 99 }])).toBe('allowed');
  });

  test('by any one part of a path', () => {
    const path = '/spec/template/spec/containers/*/resources/limits/memory';
    const rules = settings([{ actions: ['*'], changes: { [path]: { max: '1Gi' } } }]);
    const diff = [{ path: '/spec/template/spec/containers/3/resources/limits/memory', after: '2Gi' }];
    expect(refusal(() => refuseDeniedChanges(scale, diff, rules)).message).toContain('at most 1Gi');
  });
});

describe('The executor', () => {
  const executor = createRegistry().executor('custom');
  const wait: StepRequest = { ...scale, action: 'wait', target: undefined, params: { for: '1s' } };
  const context = (rules: object[]) =>
    ({
      settings: settings(rules),
      clock: { now: () => 1_000, sleep: async () => undefined },
      deadline: 10_000,
      signal: new AbortController().signal,
      progress: () => undefined,
    }) as unknown as ActionContext;
  const rule = { actions: ['wait'], deny: true };

  test('holds validate and execute to the rules, but never verify', async () => {
    const validation = await executor.validate(context([]), wait);
    const effect = await executor.execute(context([]), wait, validation);
    const code = { code: 'ACTION_DENIED' };
    await expect(executor.validate(context([rule]), wait)).rejects.toMatchObject(code);
    await expect(executor.execute(context([rule]), wait, validation)).rejects.toMatchObject(code);
    await expect(executor.verify(context([rule]), wait, validation, effect)).resolves.toBeDefined();
  });
});

describe('The settings file', () => {
  const parse = (rules: unknown) => parseSettings({ actions: { rules } }, 'kubernaut.yaml');
  const good = { name: 'a', reason: 'r', actions: ['drain_node'], deny: true };

  test.each<[string, unknown, RegExp]>([
    ['a rule that says nothing', { ...good, deny: undefined }, /either deny: true, or params and\/or changes/],
    ['a rule that says two things', { ...good, params: { a: { max: 1 } } }, /either deny: true/],
    ['deny: false, which would look like a permission', { ...good, deny: false }, /rules\[0\].deny/],
    ['a bound without a meaning', { ...good, deny: undefined, params: { a: {} } }, /says nothing/],
    ['a bad expression', { ...good, deny: undefined, params: { a: { matches: '(' } } }, /no regular expression/],
    ['a misspelled field', { ...good, namespace: ['a'] }, /rules\[0\].namespace: there is no such setting/],
    ['no reason', { ...good, reason: ' ' }, /rules\[0\].reason/],
    ['no action', { ...good, actions: [] }, /rules\[0\].actions/],
  ])('refuses %s', (_, rule, says) => {
    expect(() => parse([rule])).toThrow(says);
  });

  test('refuses two rules of one name', () => {
    expect(() => parse([good, good])).toThrow(/rules\[1\].name: two rules are called a/);
  });

  test('gives each step the environment of its cluster, and all rules', () => {
    const clusters = [{ name: 'prod-eu', context: 'x', environment: 'production' }];
    const all = parseSettings({ clusters, actions: { rules: [good] } }, 'f');
    expect(actionSettings(all, 'prod-eu')).toMatchObject({ environment: 'production', rules: [{ name: 'a' }] });
    expect(actionSettings(all, 'other').environment).toBeUndefined();
  });

  test('a rule about an action or parameter that does not exist would protect nothing, and is refused', () => {
    const rules = actionRulesSchema.parse([
      { ...good, actions: ['drain_nodes', 'delete_*'] },
      { name: 'b', reason: 'r', actions: ['scale_deployment'], params: { replica: { max: 3 }, replicas: { max: 3 } } },
    ]);
    const { code, message } = refusal(() => checkActionRules(rules, createRegistry()));
    expect(code).toBe('SETTINGS_INVALID');
    expect(message.split('\n').slice(1)).toEqual([
      '  rule a: there is no action drain_nodes',
      '  rule b: scale_deployment has no parameter replica',
    ]);
  });
});

test('a limit for an action that does not exist is refused, all of them at once', () => {
  const names = ['drain_node', 'drain_nodes', 'scale_up'];
  expect(() => checkActionNames(names, 'guards.ratePerAction', createRegistry())).toThrow(
    'guards.ratePerAction:\n  there is no action drain_nodes\n  there is no action scale_up',
  );
  expect(() => checkActionNames(['drain_node'], 'guards.ratePerAction', createRegistry())).not.toThrow();
});
