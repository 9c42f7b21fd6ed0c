import { z } from 'zod';
import type { KubernautError } from '../plan/errors';
import { createRegistry } from './actions';
import type { ActionDefinition } from './contract';
import { ActionRegistry } from './registry';

const sample = (changes: Partial<ActionDefinition> = {}): ActionDefinition => ({
  name: 'paint_shed',
  executor: 'kubernetes',
  description: 'Paints a shed.',
  whenToUse: 'The shed is grey.',
  whenNotToUse: 'It rains.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Shed'],
  permissions: [{ apiGroup: 'garden.dev', resource: 'sheds', verbs: ['get', 'patch'] }],
  params: z.strictObject({ colour: z.string(), coats: z.int().min(1).max(3).default(1) }),
  examples: [{ title: 'Red', target: { kind: 'Shed', name: 'a' }, params: { colour: 'red' } }],
  validate: async () => ({ before: {}, diff: [], warnings: [], summary: 'paint', noEffect: false }),
  execute: async () => ({ changed: true, summary: 'painted', data: {} }),
  verify: async () => ({ verified: true, summary: 'it is red', data: {} }),
  rollback: async () => ({ changed: true, summary: 'grey again', data: {} }),
  ...changes,
});

const thrownBy = (act: () => unknown): KubernautError => {
  try {
    act();
  } catch (error) {
    return error as KubernautError;
  }
  throw new Error('nothing was thrown');
};

describe('The registry', () => {
  test('holds what was registered until it is taken out again', () => {
    const registry = new ActionRegistry().register(sample());
    expect(registry.isRegistered('paint_shed')).toBe(true);
    expect(registry.list('k8s').map(({ name }) => name)).toEqual(['paint_shed']);
    expect(registry.list('monitoring')).toEqual([]);
    registry.unregister('paint_shed');
    expect(registry.isRegistered('paint_shed')).toBe(false);
    expect(thrownBy(() => registry.unregister('paint_shed')).code).toBe('ACTION_UNKNOWN');
  });

  test('refuses a second action of the same name and names both executors', () => {
    const registry = new ActionRegistry().register(sample());
    const second = sample({ executor: 'generic', clusterScoped: false, targetKinds: [], permissions: [] });
    const error = thrownBy(() => registry.register(second));
    expect(error.code).toBe('ACTION_DUPLICATE');
    expect(error.message).toBe('action paint_shed of executor custom is registered already, by executor kubernetes');
  });

  test('knows an executor by its aliases and files its actions under the type', () => {
    const registry = new ActionRegistry().register(sample({ executor: 'k8s' }));
    expect(registry.meta('paint_shed').executor).toBe('kubernetes');
    expect(['k8s', 'alerting', 'generic', 'custom'].map((name) => registry.executorType(name))).toEqual(
      ['kubernetes', 'monitoring', 'custom', 'custom'], // prettier-ignore
    );
    expect(thrownBy(() => registry.addExecutor({ type: 'garden', aliases: ['k8s'] })).code).toBe('ACTION_DUPLICATE');
  });

  test('answers an unknown name with close ones and with how to add it', () => {
    const error = thrownBy(() => createRegistry().get('scale_deploymnt'));
    expect(error.code).toBe('ACTION_UNKNOWN');
    expect(error.message).toContain('did you mean scale_deployment?');
    expect(error.remedy).toContain('defineAction');
  });

  test('lists every problem of params with its path', () => {
    const registry = new ActionRegistry().register(sample());
    expect(registry.checkParams('paint_shed', { coats: 9, colr: 'red' })).toEqual([
      { path: '/colour', message: expect.stringContaining('expected string') },
      { path: '/coats', message: expect.stringContaining('<=3') },
      { path: '/colr', message: 'no such parameter' },
    ]);
    expect(registry.checkParams('paint_shed', { colour: 'red' })).toEqual([]);
  });

  test('gives the JSON Schema of the params as they are written, defaults optional', () => {
    const schema = new ActionRegistry().register(sample()).paramsJsonSchema('paint_shed');
    expect(schema).toMatchObject({ type: 'object', required: ['colour'], additionalProperties: false });
  });

  test.each<[string, Partial<ActionDefinition>, string]>([
    ['without execute', { execute: undefined as never }, 'execute is not implemented'],
    ['without verify', { verify: undefined as never }, 'verify is not implemented'],
    ['that is reversible but has no rollback', { rollback: undefined }, 'a reversible action needs a rollback'],
    ['that is irreversible but has a rollback', { reversibility: 'irreversible' }, 'cannot have a rollback'],
    ['that is readOnly but has a rollback', { readOnly: true }, 'has nothing to roll back'],
    ['that is readOnly but disrupts', { readOnly: true, rollback: undefined, disruption: 'pod' }, 'disrupts nothing'],
    ['without an example', { examples: [] }, 'at least one example'],
    ['with an example that its schema refuses', { examples: [{ title: 'Bad', params: {} }] }, 'params/colour'],
    [
      'with an example on the wrong kind',
      { examples: [{ title: 'Pod', target: { kind: 'Pod', name: 'p' }, params: { colour: 'red' } }] },
      'is a Pod',
    ],
    ['that ignores misspelled params', { params: z.object({ colour: z.string() }) as never }, 'z.strictObject'],
    ['whose params are no JSON', { params: z.strictObject({ at: z.date() }) as never }, 'JSON Schema'],
    ['without a description', { description: ' ' }, 'description is missing'],
    ['with a name that is none', { name: 'Paint-Shed' }, 'lower case'],
    ['of no known executor', { executor: 'garden' }, 'there is no executor garden'],
    ['whose example has a target of another kind', { targetKinds: [] }, 'not in targetKinds'],
  ])('refuses a definition %s', (_, changes, message) => {
    const error = thrownBy(() => new ActionRegistry().register(sample(changes)));
    expect(error.code).toBe('ACTION_INVALID');
    expect(error.message).toContain(message);
  });

  test('accepts every action that Kubernaut brings, and their examples', () => {
    const registry = createRegistry();
    expect(registry.names()).toEqual(expect.arrayContaining(['log', 'scale_deployment', 'wait']));
    for (const action of registry.list()) {
      expect(action.executor).toBe(registry.executorType(action.executor));
      for (const example of action.examples) expect(registry.checkParams(action.name, example.params)).toEqual([]);
    }
  });
});
