import { z } from 'zod';
import { dataKey } from './objects/data-key';
import { secretAction } from './secrets/secret-action';
import { dataOf, generator } from './secrets/value-source';

const params = z.strictObject({
  keys: z
    .record(dataKey.max(240), generator)
    .refine((keys) => Object.keys(keys).length >= 1 && Object.keys(keys).length <= 20, 'between 1 and 20 keys')
    .describe('Keys of `data` that get a new random value, and of what form; each must exist already.'),
});
type Params = z.infer<typeof params>;

export const rotateSecret = secretAction<Params>({
  name: 'rotate_secret',
  description: 'Gives keys of a Secret new random values. History only has hashes; the old values can be brought back.',
  whenToUse:
    'A credential leaked, and whatever checks it reads the same Secret (a session key, a token between two services).',
  whenNotToUse:
    'Another system has to be told the new value (a database password): it would refuse the new one. Pods use it only after restart_workload.',
  risk: 'high',
  disruption: 'none',
  params,
  examples: [
    {
      title: 'A new session key',
      target: { kind: 'Secret', namespace: 'shop', name: 'web' },
      params: { keys: { SESSION_KEY: { length: 64, charset: 'hex' } } },
    },
  ],
  wish: (_ctx, secret, { keys }) => ({
    set: Object.fromEntries(Object.entries(keys).map(([key, form]) => [key, { generate: form }])),
    remove: [],
    problems: Object.keys(keys).flatMap((key) => (Object.hasOwn(dataOf(secret), key) ? [] : [`it has no key ${key}`])),
  }),
});
