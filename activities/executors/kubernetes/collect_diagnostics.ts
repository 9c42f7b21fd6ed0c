import { z } from 'zod';
import { defineAction } from '../../contract';
import { digestOf } from './diagnostics/bundle';
import { collect } from './diagnostics/collect';
import { keepBundle, requireFolder } from './diagnostics/keep-bundle';
import { preflight } from './target/preflight';
import { displayName, readTarget, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';

const params = z.strictObject({
  sinceSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(3_600)
    .describe('Events of so long ago, in seconds. Default an hour.'),
  lines: z.int().min(1).max(500).default(50).describe('Lines of each log, from its end. Default 50.'),
  maxBytes: z
    .int()
    .min(4_096)
    .max(32_768)
    .default(16_384)
    .describe('Size of the digest in the evidence; logs give way first. Default 16384.'),
});

/**
 * Collects what a person would look at first. The digest is the evidence; the whole bundle is kept in the worker's folder where the
 * settings name one, never in the cluster: a read-only action changes nothing there.
 */
export const collectDiagnostics = defineAction<z.infer<typeof params>, Record<string, never>>({
  name: 'collect_diagnostics',
  executor: 'kubernetes',
  description:
    'Collects status, conditions, container states, events, owners and the ends of logs of a workload, a pod or a node.',
  whenToUse:
    'Before a repair that removes the traces (restart, delete, rollback), so that a person can look at them later.',
  whenNotToUse: 'Logs hold personal data that must not get into the history.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: true,
  clusterScoped: true,
  targetKinds: ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod', 'Node'],
  permissions: [
    { apiGroup: 'apps', resource: 'deployments', verbs: ['get'] },
    { apiGroup: 'apps', resource: 'statefulsets', verbs: ['get'] },
    { apiGroup: 'apps', resource: 'daemonsets', verbs: ['get'] },
    { apiGroup: 'apps', resource: 'replicasets', verbs: ['get'] },
    { apiGroup: '', resource: 'pods', verbs: ['get', 'list'] },
    { apiGroup: '', resource: 'pods/log', verbs: ['get'] },
    { apiGroup: '', resource: 'nodes', verbs: ['get'] },
    { apiGroup: '', resource: 'events', verbs: ['list'] },
  ],
  params,
  examples: [
    {
      title: 'Before a rollback',
      target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { sinceSeconds: 1_800 },
    },
    { title: 'A node that is not ready', target: { kind: 'Node', name: 'node-3' }, params: {} },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const object = await preflight(ctx, target, collectDiagnostics);
    const { folder } = ctx.settings.kubernetes.diagnostics;
    if (folder !== undefined) await requireFolder(folder);
    return {
      target: resolvedTarget(target, object),
      before: {},
      diff: [],
      warnings: folder === undefined ? ['the settings name no folder for bundles: only a digest is kept'] : [],
      summary: `collect diagnostics of ${object.kind} ${displayName(object.metadata)}`,
      noEffect: false,
    };
  },

  async execute(ctx, step, validation) {
    const object = await readTarget(ctx, validatedTarget(validation));
    const { sinceSeconds, lines, maxBytes } = step.params;
    const bundle = await collect(ctx, object, { sinceSeconds, lines });
    const { folder } = ctx.settings.kubernetes.diagnostics;
    const kept = folder === undefined ? undefined : await keepBundle(ctx, folder, bundle);
    const { pods, events, logs, podCount } = bundle;
    const what = `${podCount} pods (${pods.length} described), ${events.length} events, ${logs.length} logs`;
    return {
      changed: false,
      summary: `${object.kind} ${displayName(object.metadata)}: ${what}${kept ? `, in ${kept.file}` : ''}`,
      data: { ...digestOf(bundle, maxBytes), ...(kept && { bundle: kept }) },
    };
  },

  /** Nothing was to be changed, so the reading itself is the evidence: there must be one. */
  verify: async (_ctx, _step, _validation, effect) =>
    effect.data.object === undefined ? refuted('nothing was collected') : proven(effect.summary, effect.data),
});
