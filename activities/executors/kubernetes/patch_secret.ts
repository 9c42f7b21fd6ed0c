import { z } from 'zod';
import { dataKey } from './objects/data-key';
import { secretAction } from './secrets/secret-action';
import { valueSource } from './secrets/value-source';

const key = dataKey.max(240);

const params = z
  .strictObject({
    set: z
      .record(key, valueSource)
      .default({})
      .describe('Keys of `data` and where their values come from; never values.'),
    remove: z.array(key).max(20).default([]).describe('Keys of `data` that are taken away.'),
  })
  .refine(({ set, remove }) => Object.keys(set).length + remove.length > 0, 'say what to set or to remove')
  .refine(({ set }) => Object.keys(set).length <= 20, { error: 'at most 20 keys', path: ['set'] })
  .refine(({ set, remove }) => remove.every((each) => !Object.hasOwn(set, each)), {
    error: 'a key cannot be set and removed',
    path: ['remove'],
  });
type Params = z.infer<typeof params>;

export const patchSecret = secretAction<Params>({
  name: 'patch_secret',
  description:
    'Sets or removes single keys of a Secret. Values come from a secret of the worker, from another Secret or from a generator; history only has their hashes.',
  whenToUse: 'A credential in a Secret is wrong or missing, and the right one is at hand elsewhere.',
  whenNotToUse:
    'The value itself would have to stand in the plan; or pods should use it at once (then restart_workload next).',
  risk: 'high',
  disruption: 'none',
  params,
  examples: [
    {
      title: 'The registry password that the worker has',
      target: { kind: 'Secret', namespace: 'shop', name: 'registry' },
      params: { set: { password: { configured: 'registry-password' } } },
    },
    {
      title: 'A key of another Secret',
      target: { kind: 'Secret', namespace: 'shop', name: 'web' },
      params: { set: { DB_PASSWORD: { secret: { name: 'db', key: 'password' } } }, remove: ['DB_PASSWORD_OLD'] },
    },
  ],
  wish: (_ctx, _secret, { set, remove }) => ({ set, remove }),
});
