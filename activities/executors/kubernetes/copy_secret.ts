import { z } from 'zod';
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
    'Copies the keys of another Secret into an existing one of the same type (pull secret, issuer CA). Other keys stay.',
  whenToUse: 'The copy of a Secret in this namespace is stale or damaged, and the original is right.',
  whenNotToUse:
    'The Secret does not exist yet, or an operator (external-secrets, reflector) keeps the copy: repair that.',
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
    const present = Object.keys(dataOf(source));
    const wished = keys ?? present;
    const problems: string[] = [];
    if (source.metadata.uid === secret.metadata.uid) problems.push('a Secret cannot be copied to itself');
    if (source.type !== secret.type)
      problems.push(`it is of type ${String(secret.type)}, Secret ${from.name} of ${String(source.type)}`);
    const missing = wished.filter((key) => !present.includes(key));
    if (missing.length > 0) problems.push(`Secret ${from.name} has no key ${missing.join(', ')}`);
    if (wished.length === 0) problems.push(`Secret ${from.name} has no data to copy to ${name}`);
    if (wished.length > 20) problems.push(`Secret ${from.name} has ${wished.length} keys: name at most 20 of them`);
    const set = wished
      .filter((key) => present.includes(key))
      .map((key) => [key, { secret: { ...from, key } }] as const);
    return { set: Object.fromEntries(set), remove: [], problems };
  },
});
