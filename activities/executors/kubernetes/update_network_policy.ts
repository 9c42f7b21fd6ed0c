import { z } from 'zod';
import type { Json } from '../../../plan/json';
import { fieldAction } from './fields/field-action';
import { verifyReadBack } from './fields/read-back';
import { identityGuard } from './fields/recorded-field';
import { displayName, refOfObject } from './target/read-target';

const json = z.record(z.string(), z.any()) as unknown as z.ZodType<Record<string, Json>>;

const params = z.strictObject({
  spec: z
    .strictObject({
      podSelector: json.describe('Label selector of the pods it is about; `{}`: all of the namespace.'),
      policyTypes: z
        .array(z.enum(['Ingress', 'Egress']))
        .max(2)
        .optional(),
      ingress: z.array(json).max(100).optional().describe('What may come in. Absent with type Ingress: nothing.'),
      egress: z.array(json).max(100).optional().describe('What may go out. Absent with type Egress: nothing.'),
    })
    .refine((spec) => JSON.stringify(spec).length <= 16_000, 'at most 16,000 characters of JSON')
    .describe('The whole new spec, as in a manifest of networking.k8s.io/v1; the server checks it.'),
});
type Params = z.infer<typeof params>;

export const updateNetworkPolicy = fieldAction<Params>({
  name: 'update_network_policy',
  description: 'Replaces the spec of a NetworkPolicy.',
  whenToUse: 'A policy blocks traffic that it should let through, or lets through what it should block.',
  whenNotToUse: 'The cluster’s network plugin enforces no policies: then changing one has no effect.',
  risk: 'high',
  disruption: 'workload',
  targetKinds: ['NetworkPolicy'],
  permissions: [{ apiGroup: 'networking.k8s.io', resource: 'networkpolicies', verbs: ['get', 'patch'] }],
  params,
  examples: [
    {
      title: 'Let the pods of one namespace in again',
      target: { kind: 'NetworkPolicy', namespace: 'shop', name: 'web' },
      params: {
        spec: {
          podSelector: { matchLabels: { app: 'web' } },
          policyTypes: ['Ingress'],
          ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'shop' } } }] }],
        },
      },
    },
  ],

  async wish(ctx, object, { spec }) {
    // The server fills in defaults (protocol TCP, policyTypes): what it would store is what has to be found again.
    const operations = [...identityGuard(object), { op: 'replace' as const, path: '/spec', value: spec as Json }];
    const result = await ctx.cluster.patch(refOfObject(object), operations, { dryRun: true });
    const now = JSON.stringify(object.spec ?? {}).length;
    return {
      set: [{ path: '/spec', value: result.spec }],
      problems: now > 16_000 ? [`its present spec is ${now} characters long; at most 16,000 can be undone`] : [],
      warnings: opens(object.spec?.podSelector, spec.podSelector),
      summary: `network policy ${displayName(object.metadata)} gets another spec`,
    };
  },
  data: () => ({ fields: ['/spec'] }),
  verify: (ctx, _step, validation) => verifyReadBack(ctx, validation),
});

function opens(before: Json | undefined, after: Json): string[] {
  return JSON.stringify(before) === JSON.stringify(after)
    ? []
    : ['it will select other pods: those it no longer selects are open unless another policy selects them'];
}
