import { z } from 'zod';
import type { KubeObject } from '../../cluster/cluster';
import { secretAction } from './secrets/secret-action';
import { dataOf, objectName, readSourceSecret } from './secrets/value-source';
import { dataKey } from './objects/data-key';

const params = z.strictObject({
  from: z.strictObject({
    namespace: objectName
      .optional()
      .describe('Default: the target’s own. Another one must be allowed by the settings.'),
    name: objectName,
  }),
  keys: z
    .array(dataKey.max(240))
    .min(1)
    .max(20)
    .optional()
    .describe('Only these keys. Default: all of the source (at most 20).'),
});
type Params = z.infer<typeof params>;

export const copySecret = secretAction<Params>({
  name: 'copy_secret',
  description:
    'Copies the keys of another Secret of the same type (pull secret, issuer CA). Other keys stay; a Secret that is not there is created.',
  whenToUse: 'The copy of a Secret in this namespace is missing, stale or damaged, and the original is right.',
  whenNotToUse: 'An operator (external-secrets, reflector) keeps the copy: repair that.',
  risk: 'high',
  disruption: 'none',
  params,
  examples: [
    {
      title: 'The pull secret of the platform team',
      target: { kind: 'Secret', namespace: 'shop', name: 'registry' },
      params: { from: { namespace: 'platform', name: 'registry' } },
    },
    {
      title: 'Only the CA',
      target: { kind: 'Secret', namespace: 'shop', name: 'web-tls' },
      params: { from: { name: 'issuer' }, keys: ['ca.crt'] },
    },
  ],

  async wish(ctx, secret, { from, keys }) {
    const { namespace: own = '', name } = secret.metadata;
    const source = await readSourceSecret(ctx, from, own);
    const { wished, problems } = wishedKeys(source, keys, name);
    if (source.metadata.uid === secret.metadata.uid) problems.unshift('a Secret cannot be copied to itself');
    if (source.type !== secret.type)
      problems.push(`it is of type ${String(secret.type)}, Secret ${from.name} of ${String(source.type)}`);
    const set = wished.map((key) => [key, { secret: { ...from, key } }] as const);
    return { set: Object.fromEntries(set), remove: [], problems };
  },

  async create(ctx, { namespace = '', name }, { from, keys }) {
    const source = await readSourceSecret(ctx, from, namespace);
    const { wished, problems } = wishedKeys(source, keys, name);
    const data = dataOf(source);
    const values = Object.fromEntries(wished.map((key) => [key, data[key] ?? '']));
    return { type: String(source.type), values, problems };
  },
});

function wishedKeys(
  source: KubeObject,
  keys: readonly string[] | undefined,
  to: string,
): { wished: string[]; problems: string[] } {
  const { name } = source.metadata;
  const present = Object.keys(dataOf(source));
  const wished = keys ?? present;
  const problems: string[] = [];
  const missing = wished.filter((key) => !present.includes(key));
  if (missing.length > 0) problems.push(`Secret ${name} has no key ${missing.join(', ')}`);
  if (wished.length === 0) problems.push(`Secret ${name} has no data to copy to ${to}`);
  if (wished.length > 20) problems.push(`Secret ${name} has ${wished.length} keys: name at most 20 of them`);
  return { wished: wished.filter((key) => present.includes(key)), problems };
}
