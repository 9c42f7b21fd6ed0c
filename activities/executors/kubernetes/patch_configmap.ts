import { z } from 'zod';
import { fieldAction } from './fields/field-action';
import { pointer, valueAt } from './fields/json-pointer';
import { verifyReadBack } from './fields/read-back';
import { dataKey } from './objects/data-key';
import { displayName } from './target/read-target';

/** Values go into history, before and after: together they must stay well below the cap of an output. */
const MAX_CHARACTERS = 16_000;

const params = z
  .strictObject({
    set: z
      .record(dataKey, z.string().max(MAX_CHARACTERS))
      .default({})
      .describe('Keys of `data` and what they become, as text.'),
    remove: z.array(dataKey).max(50).default([]).describe('Keys of `data` that are taken away.'),
  })
  .refine(({ set, remove }) => Object.keys(set).length + remove.length > 0, 'say what to set or to remove')
  .refine(({ set, remove }) => remove.every((key) => !Object.hasOwn(set, key)), {
    error: 'a key cannot be set and removed',
    path: ['remove'],
  })
  .refine(({ set }) => Object.keys(set).length <= 50 && JSON.stringify(set).length <= MAX_CHARACTERS, {
    error: `at most 50 keys and ${MAX_CHARACTERS} characters in all`,
    path: ['set'],
  });
type Params = z.infer<typeof params>;

export const patchConfigmap = fieldAction<Params>({
  name: 'patch_configmap',
  description: 'Sets or removes single keys of a ConfigMap’s data; all other keys stay as they are.',
  whenToUse: 'A setting is wrong, and the right value is known.',
  whenNotToUse:
    'It is expected to take effect by itself: pods see environment values only after a restart (restart_workload as the next step), mounted files after a minute or so.',
  risk: 'medium',
  disruption: 'none',
  targetKinds: ['ConfigMap'],
  permissions: [{ apiGroup: '', resource: 'configmaps', verbs: ['get', 'patch'] }],
  params,
  examples: [
    {
      title: 'A longer timeout',
      target: { kind: 'ConfigMap', namespace: 'shop', name: 'web' },
      params: { set: { UPSTREAM_TIMEOUT: '30s' } },
    },
    {
      title: 'Take an override away',
      target: { kind: 'ConfigMap', namespace: 'shop', name: 'web' },
      params: { remove: ['DEBUG'] },
    },
  ],

  wish(_ctx, object, { set, remove }) {
    const keys = [...Object.keys(set), ...remove];
    const problems: string[] = [];
    if (object.immutable === true) problems.push('it is immutable: only deleting and creating it anew would change it');
    for (const key of Object.keys(set)) {
      if (valueAt(object, pointer('binaryData', key)) !== undefined) problems.push(`${key} stands in its binaryData`);
    }
    const now = keys.map((key) => valueAt(object, pointer('data', key)) ?? '').join('');
    if (now.length > MAX_CHARACTERS) {
      problems.push(
        `the present values of these keys are ${now.length} characters; at most ${MAX_CHARACTERS} can be undone`,
      );
    }
    return {
      set: [
        ...Object.entries(set).map(([key, value]) => ({ path: pointer('data', key), value })),
        ...remove.map((key) => ({ path: pointer('data', key) })),
      ],
      problems,
      warnings: ['pods that read it into their environment see the change only after restart_workload'],
      summary: `${displayName(object.metadata)}: ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ' …' : ''}`,
    };
  },
  // Values are in the diff once; no need to hand them on.
  data: ({ diff }) => ({ keys: diff.map(({ path }) => path) }),
  verify: (ctx, _step, validation) => verifyReadBack(ctx, validation),
});
