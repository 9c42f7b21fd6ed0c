import { z } from 'zod';
import { defineAction, type ActionContext } from '../../contract';
import { byReason, eventLines } from './reading/events';
import { preflight } from './target/preflight';
import { resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';

const params = z.strictObject({
  sinceSeconds: z.int().min(1).max(86_400).default(3_600).describe('How far back, in seconds. Default one hour.'),
  warningsOnly: z.boolean().default(false).describe('Leave out events of type Normal. Default false.'),
  limit: z.int().min(1).max(100).default(50).describe('Events at most, newest first. Default 50.'),
});
type Params = z.infer<typeof params>;

export const auditLogs = defineAction<Params, Record<string, never>>({
  name: 'audit_logs',
  executor: 'kubernetes',
  description: 'Reads what happened in a namespace lately: its events, newest first, and how often each reason came.',
  whenToUse: 'Before or after a repair, so that the outcome says what Kubernetes itself reported.',
  whenNotToUse:
    'Who changed an object is asked: that stands in the API server’s audit log, which its API does not give out.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: true,
  clusterScoped: true,
  targetKinds: ['Namespace'],
  permissions: [
    { apiGroup: '', resource: 'namespaces', verbs: ['get'] },
    { apiGroup: '', resource: 'events', verbs: ['list'] },
  ],
  params,
  examples: [
    {
      title: 'Warnings of the last half hour',
      target: { kind: 'Namespace', name: 'shop' },
      params: { sinceSeconds: 1_800, warningsOnly: true },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const namespace = await preflight(ctx, target, auditLogs);
    return {
      target: resolvedTarget(target, namespace),
      before: {},
      diff: [],
      warnings: [],
      summary: `read the events of ${target.name} of the last ${step.params.sinceSeconds} s`,
      noEffect: false,
    };
  },

  async execute(ctx, step, validation) {
    const { name } = validatedTarget(validation);
    const events = await readEvents(ctx, name, step.params);
    return {
      changed: false,
      summary: `${events.length} events of ${name}`,
      data: { namespace: name, byReason: byReason(events), events },
    };
  },

  /** Nothing was to be changed, so the reading itself is the evidence: there must be one. */
  verify: async (_ctx, _step, _validation, effect) =>
    Array.isArray(effect.data.events) ? proven(effect.summary, effect.data) : refuted('no events were read'),
});

async function readEvents(ctx: ActionContext, namespace: string, { sinceSeconds, warningsOnly, limit }: Params) {
  const fieldSelector = warningsOnly ? 'type=Warning' : undefined;
  const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Event', namespace, fieldSelector });
  return eventLines(items, { now: ctx.clock.now(), sinceSeconds, limit });
}
