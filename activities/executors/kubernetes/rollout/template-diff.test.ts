import type { JsonObject } from '../../../../plan/json';
import { redactedDiff } from './template-diff';
import { templateHash, withoutHashLabel } from './template-hash';

const template = (env: JsonObject[], more: JsonObject = {}): JsonObject => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'i:1', env, ...more }] },
});

test('fields are named by pointer, with both sides', () => {
  expect(redactedDiff(template([], { image: 'i:1' }), template([], { image: 'i:2' }), '/spec/template')).toEqual([
    { path: '/spec/template/spec/containers/0/image', before: 'i:1', after: 'i:2' },
  ]);
});

test('named items are paired by name: one more in front changes nothing else', () => {
  const before = template([{ name: 'A', value: '1' }]);
  const after = template([
    { name: 'NEW', value: 'x' },
    { name: 'A', value: '1' },
  ]);
  expect(redactedDiff(before, after)).toEqual([
    { path: '/spec/containers/0/env/0', after: { name: 'NEW', value: 'x' } },
  ]);
});

test.each(['DB_PASSWORD', 'API_TOKEN', 'SENTRY_DSN', 'AWS_SECRET', 'private_key', 'MY_CREDENTIALS'])(
  '%s is a hash only',
  (name) => {
    const text = JSON.stringify(
      redactedDiff(template([{ name, value: 'hunter2' }]), template([{ name, value: 'hunter3' }])),
    );
    expect(text).not.toContain('hunter');
    expect(text.match(/sha256:/g)).toHaveLength(2);
    expect(JSON.stringify(redactedDiff(template([]), template([{ name, value: 'hunter2' }])))).not.toContain('hunter');
  },
);

test('where a secret lies is no secret; what a URL or an argument carries is', () => {
  const from = (key: string) => [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key } } }];
  expect(JSON.stringify(redactedDiff(template(from('old')), template(from('new'))))).toContain('"after":"new"');
  const args = redactedDiff(
    template([], { args: ['a'] }),
    template([], { args: ['--password=hunter2', 'https://u:hunter2@db'] }),
  );
  expect(JSON.stringify(args)).not.toContain('hunter2');
});

test('long texts are hashes, and more than a hundred changes are cut', () => {
  expect(JSON.stringify(redactedDiff({ a: 'x'.repeat(5_000) }, { a: 'y' }))).not.toContain('xxx');
  const many = (value: number) => Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, value]));
  const diff = redactedDiff(many(1), many(2), '/spec');
  expect(diff).toHaveLength(101);
  expect(diff.at(-1)).toEqual({ path: '/spec', after: '… and 200 more changes' });
});

test('the hash of a ReplicaSet’s template is that of the Deployment’s, whatever the order of keys', () => {
  const own = { spec: { b: 1, a: 2 }, metadata: { labels: { app: 'web' } } };
  const replicaSet = { metadata: { labels: { app: 'web', 'pod-template-hash': 'x' } }, spec: { a: 2, b: 1 } };
  expect(templateHash(withoutHashLabel(replicaSet))).toBe(templateHash(own));
});
