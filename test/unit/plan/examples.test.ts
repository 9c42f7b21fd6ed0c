import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { createRegistry } from '../../../activities/actions';
import { parsePlan } from '../../../plan/parse';
import { PLAN_SCHEMA_FILE, planSchemaText } from '../../../tools/build/plan-schema';

const root = path.resolve(__dirname, '../../..');
const folder = path.join(root, 'examples/plans');
const examples = readdirSync(folder).filter((name) => /\.(yaml|json)$/.test(name));
const published = readFileSync(path.join(root, PLAN_SCHEMA_FILE), 'utf8');

describe.each(examples)('%s', (name) => {
  const text = readFileSync(path.join(folder, name), 'utf8');

  it('is a plan that the registered actions can carry out', () => {
    expect(parsePlan(text, { actions: createRegistry() })).toMatchObject({ ok: true });
  });

  it('fits the published JSON Schema', () => {
    const schema = z.fromJSONSchema(JSON.parse(published) as z.core.JSONSchema.JSONSchema);
    expect(schema.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
  });

  it('names itself and says why', () => {
    expect(text).toMatch(/^# /);
    expect(parse(text)).toMatchObject({ metadata: { reason: expect.stringMatching(/\w{3}.*\w{3}/) } });
  });
});

it('the published JSON Schema is up to date (after a build, `node lib/tools/build/plan-schema.js` writes it)', () => {
  expect(published).toBe(planSchemaText());
});

it('the published JSON Schema refuses unknown keys', () => {
  const schema = z.fromJSONSchema(JSON.parse(published) as z.core.JSONSchema.JSONSchema);
  const plan = parse(readFileSync(path.join(folder, examples[0]!), 'utf8')) as object;
  expect(schema.safeParse({ ...plan, extra: 1 }).success).toBe(false);
});
