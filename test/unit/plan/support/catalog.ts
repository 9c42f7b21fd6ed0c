import { z } from 'zod';
import type { ActionCatalog } from '../../../../plan/action-catalog';
import type { ActionMeta } from '../../../../plan/step-io';

interface Entry {
  targetKinds: string[];
  params: z.ZodType;
  meta?: Partial<ActionMeta>;
}

const entries: Record<string, Entry> = {
  scale_deployment: {
    targetKinds: ['Deployment'],
    params: z.strictObject({ replicas: z.int().min(0), max: z.int().optional(), note: z.string().optional() }),
  },
  restart_pod: { targetKinds: ['Pod'], params: z.strictObject({}), meta: { reversibility: 'irreversible' } },
  cordon_node: { targetKinds: ['Node'], params: z.strictObject({}) },
  wait: {
    targetKinds: [],
    params: z.union([z.strictObject({ for: z.string() }), z.strictObject({ until: z.string() })]),
  },
  query_metric: {
    targetKinds: [],
    params: z.strictObject({
      query: z.string().refine((text) => !text.includes('('), 'is no PromQL'),
      above: z.number().optional(),
      below: z.number().optional(),
      for: z.string().optional(),
      within: z.string().optional(),
    }),
  },
  check_alert: {
    targetKinds: [],
    params: z.strictObject({
      matchers: z.array(
        z.strictObject({ name: z.string(), value: z.string().regex(/^[^*]*$/, 'is no regular expression') }),
      ),
      for: z.string().optional(),
    }),
  },
  log: {
    targetKinds: [],
    params: z.strictObject({ message: z.string(), fields: z.record(z.string(), z.string()).optional() }),
  },
};

/** A small catalogue in the form of the real registry, so that these tests do not change with it. */
export const catalog: ActionCatalog = {
  has: (name) => Object.hasOwn(entries, name),
  names: () => Object.keys(entries),
  meta: (name) => ({
    name,
    executor: 'kubernetes',
    risk: 'low',
    reversibility: 'reversible',
    disruption: 'none',
    readOnly: false,
    clusterScoped: true,
    ...entries[name]!.meta,
    targetKinds: entries[name]!.targetKinds,
  }),
  checkParams(name, params) {
    const result = entries[name]!.params.safeParse(params);
    return (result.error?.issues ?? []).flatMap((issue) => {
      const path = issue.path.map((key) => `/${String(key)}`).join('');
      if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
      return issue.keys.map((key) => ({ path: `${path}/${key}`, message: 'no such parameter' }));
    });
  },
};
