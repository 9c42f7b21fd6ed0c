import { z } from 'zod';
import type { ConformanceFixture } from '../../../activities/conformance';
import type { ActionDefinition } from '../../../activities/contract';
import { fieldAction } from '../../../activities/executors/kubernetes/fields/field-action';
import { targetOf } from '../../../activities/executors/kubernetes/target/read-target';

/** A small action that keeps every promise; the tests break one promise at a time. */
export const goodAction: ActionDefinition = fieldAction({
  name: 'good',
  description: 'Labels a ConfigMap.',
  whenToUse: 'In tests.',
  whenNotToUse: 'Anywhere else.',
  risk: 'low',
  disruption: 'none',
  targetKinds: ['ConfigMap'],
  permissions: [{ apiGroup: '', resource: 'configmaps', verbs: ['get', 'patch'] }],
  params: z.strictObject({ team: z.string() }),
  examples: [
    { title: 'Blue', target: { kind: 'ConfigMap', namespace: 'shop', name: 'web' }, params: { team: 'blue' } },
  ],
  wish: (_ctx, { metadata }, { team }) => ({
    set: [{ path: '/metadata/labels/team', value: team }],
    summary: `${metadata.name} joins ${team}`,
  }),
  async verify(ctx, step) {
    const { metadata } = await ctx.cluster.get(targetOf(step));
    const team = metadata.labels?.['team'] ?? 'none';
    return { verified: team === step.params.team, summary: `it is in ${team}`, data: { team } };
  },
});

export function fixtureFor(action: string): ConformanceFixture {
  return {
    action,
    async stage({ kube, namespace, name }) {
      const target = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: name('map') };
      await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: target.name } });
      const set = (team: string | null) => kube.merge(target, { metadata: { labels: { team } } });
      return {
        target,
        params: { team: 'blue' },
        read: async () => (await kube.get(target)).metadata.labels ?? 'none',
        tamper: () => set(null),
        foreignChange: () => set('green'),
      };
    },
  };
}
