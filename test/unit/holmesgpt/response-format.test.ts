import Ajv from 'ajv/dist/2020';
import { offeredActions } from '../../../activities/investigation/offered-actions';
import { answerSchema, responseFormat } from '../../../plan/investigation';
import { fromStrictAnswer, toStrictSchema } from '../../../plan/investigation/strict-schema';
import type { Json, JsonObject } from '../../../plan/json';
import { options, registry, rollBack, said, scope, web } from './answers';

const everywhere = { ...scope, namespaces: ['shop'] };
const all = offeredActions(registry, { offer: ['*'], withhold: [] }, everywhere);

describe('What HolmesGPT is asked for', () => {
  const schema = answerSchema(options.actions, scope, 'investigation');
  const validate = new Ajv({ strict: false }).compile(schema);
  const fits = (change: JsonObject) => validate(said([{ ...rollBack, ...change }]));

  test('is a good answer, and no other target, action or form', () => {
    const parameters = { toRevision: null, stableSeconds: null };
    expect([fits({ parameters }), validate.errors]).toEqual([true, null]);
    expect(fits({ parameters, target: { ...web, name: 'api' } })).toBe(false);
    expect(fits({ parameters, target: { ...web, namespace: 'kube-system' } })).toBe(false);
    expect(fits({ parameters, action: 'delete_namespace' })).toBe(false);
    expect(fits({ parameters: { toRevision: 'x', stableSeconds: null } })).toBe(false);
    expect(fits({ parameters, confidence: 2 })).toBe(false);
    expect(fits({ parameters, risk: 'low' })).toBe(false);
    expect(validate({ recommendations: [] })).toBe(false);
  });

  test('asks a follow-up for its verdict, too', () => {
    expect(answerSchema(options.actions, scope, 'follow_up')['required']).toContain('verdict');
    expect(schema['required']).not.toContain('verdict');
  });

  test('asks which playbook, if any, only where some are offered', () => {
    expect(schema['required']).not.toContain('playbook');
    const asking = new Ajv({ strict: false }).compile(answerSchema(options.actions, scope, 'investigation', ['one']));
    const answer = (playbook: Json) => ({ ...(JSON.parse(JSON.stringify(said([]))) as JsonObject), playbook });
    expect(asking(answer({ name: 'one', confidence: 0.9, rationale: '' }))).toBe(true);
    expect(asking(answer(null))).toBe(true);
    expect(asking(answer({ name: 'two', confidence: 0.9, rationale: '' }))).toBe(false);
  });

  test('offers what acts on the kinds that the incident is about, without what is withheld', () => {
    const names = [...options.actions.keys()];
    expect(names).toEqual(expect.arrayContaining(['rollback_deployment', 'cordon_node', 'update_pdb', 'restart_pod']));
    for (const name of ['update_hpa', 'patch_secret', 'silence_alert', 'webhook', 'script', 'delete_pvc']) {
      expect(names).not.toContain(name);
    }
  });

  test('never offers an action without a target, whatever the settings say', () => {
    for (const name of ['webhook', 'script', 'log', 'notification', 'reload_prometheus'])
      expect(all.has(name)).toBe(false);
  });

  test('is in the dialect that providers take, for every action there is', () => {
    const { json_schema: format } = responseFormat(all, everywhere, 'follow_up') as { json_schema: JsonObject };
    expect(format['strict']).toBe(true);
    const wrong: string[] = [];
    const known = new Set(
      'type properties required additionalProperties description enum anyOf items minimum maximum exclusiveMinimum exclusiveMaximum'.split(
        ' ',
      ),
    );
    const walk = (node: Json, at: string, depth: number): void => {
      const schemaNode = node as JsonObject;
      wrong.push(
        ...Object.keys(schemaNode)
          .filter((key) => !known.has(key))
          .map((key) => `${at}: ${key}`),
      );
      if (depth > 10) wrong.push(`${at}: too deep`);
      if (schemaNode['type'] === undefined && schemaNode['anyOf'] === undefined) wrong.push(`${at}: says nothing`);
      if (schemaNode['type'] === 'object') {
        const names = Object.keys(schemaNode['properties'] as JsonObject);
        if (schemaNode['additionalProperties'] !== false) wrong.push(`${at}: is open`);
        if (JSON.stringify(schemaNode['required']) !== JSON.stringify(names)) wrong.push(`${at}: not all required`);
        for (const name of names) walk((schemaNode['properties'] as JsonObject)[name]!, `${at}/${name}`, depth + 1);
      }
      for (const branch of (schemaNode['anyOf'] as Json[]) ?? []) walk(branch, at, depth);
      if (schemaNode['items'] !== undefined) walk(schemaNode['items'], `${at}[]`, depth + 1);
    };
    walk(format['schema']!, '', 0);
    expect(wrong).toEqual([]);
    // Providers stop at 120,000 characters of names and enums; and every character is paid for.
    const unbounded = answerSchema(offeredActions(registry, { withhold: [] }, everywhere), everywhere, 'follow_up');
    expect(JSON.stringify(unbounded).length).toBeLessThan(120_000);
  });
});

describe('Params in the strict dialect', () => {
  test.each(
    registry.list().flatMap(({ name, examples }) => examples.map(({ params }): [string, JsonObject] => [name, params])),
  )('an example of %s means the same, as it is and with all that is absent as null', (name, params) => {
    const schema = registry.paramsJsonSchema(name);
    expect(fromStrictAnswer(schema, params)).toEqual(params);
    const { properties } = schema as { properties?: JsonObject };
    const absent = Object.keys(properties ?? {}).map((key) => [key, null] as const);
    expect(fromStrictAnswer(schema, { ...Object.fromEntries(absent), ...params })).toEqual(params);
  });

  test('an object with free keys is asked for as JSON in a text', () => {
    const schema = registry.paramsJsonSchema('patch_configmap');
    const { set } = toStrictSchema(schema)['properties'] as { set: Json };
    expect(set).toMatchObject({ anyOf: [{ type: 'string' }, { type: 'null' }] });
    const answer = { set: '{"LOG_LEVEL":"debug"}', remove: null };
    expect(fromStrictAnswer(schema, answer)).toEqual({ set: { LOG_LEVEL: 'debug' } });
    expect(fromStrictAnswer(schema, { set: 'LOG_LEVEL=debug' })).toEqual({ set: 'LOG_LEVEL=debug' });
  });
});
