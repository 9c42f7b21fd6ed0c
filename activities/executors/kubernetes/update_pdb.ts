import { z } from 'zod';
import type { Json } from '../../../plan/json';
import type { KubeObject } from '../../cluster/cluster';
import { fieldAction } from './fields/field-action';
import { valueAt } from './fields/json-pointer';
import { lostField } from './fields/lost-field';
import { conditionOf, count, isObserved } from './rollout/deployment-conditions';
import { displayName, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { persisting } from './wait/persisting';
import { waitUntil } from './wait/wait-until';

const amount = z.union([
  z.int().min(0).max(10_000),
  z.string().regex(/^(100|[1-9]?\d)%$/, 'must be a number or a percentage from 0% to 100%'),
]);

const params = z
  .strictObject({
    minAvailable: amount.optional().describe('So many pods, or `50%` of them, must stay available.'),
    maxUnavailable: amount.optional().describe('At most so many pods, or `50%` of them, may be unavailable.'),
    relaxBy: z
      .int()
      .min(1)
      .max(10)
      .optional()
      .describe('Let so many more pods go than now, whatever the budget counts in; never below 0 that must stay.'),
  })
  .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, {
    error: 'give exactly one of minAvailable, maxUnavailable, relaxBy',
  });
type Params = z.infer<typeof params>;

/**
 * Changes how many disruptions a budget allows. The other of the two fields is taken away, since the server takes only one. It
 * stays until it is undone; a plan that only needs it for a while makes the step `temporary`, for its own time or `{ for: 30m }`.
 */
export const updatePdb = fieldAction<Params>({
  name: 'update_pdb',
  description:
    'Changes minAvailable or maxUnavailable of a PodDisruptionBudget. It stays so until the step is undone; make the step temporary for a while.',
  whenToUse: 'A budget allows no eviction at all (more required than there are pods), or protects too little.',
  whenNotToUse: 'It blocks because pods are down: mend them. The budget is what keeps the service up meanwhile.',
  risk: 'medium',
  disruption: 'none',
  targetKinds: ['PodDisruptionBudget'],
  permissions: [{ apiGroup: 'policy', resource: 'poddisruptionbudgets', verbs: ['get', 'list', 'watch', 'patch'] }],
  params,
  examples: [
    {
      title: 'Allow one pod to go',
      target: { kind: 'PodDisruptionBudget', namespace: 'shop', name: 'web' },
      params: { maxUnavailable: 1 },
    },
    {
      title: 'Keep half of them',
      target: { kind: 'PodDisruptionBudget', namespace: 'shop', name: 'web' },
      params: { minAvailable: '50%' },
    },
    {
      title: 'Let one more pod go than now',
      target: { kind: 'PodDisruptionBudget', namespace: 'shop', name: 'web' },
      params: { relaxBy: 1 },
    },
  ],

  wish(_ctx, pdb, wished) {
    const { minAvailable, maxUnavailable } = absolute(pdb, wished);
    const [given, other] =
      minAvailable === undefined
        ? (['maxUnavailable', 'minAvailable'] as const)
        : (['minAvailable', 'maxUnavailable'] as const);
    const value: Json = minAvailable ?? maxUnavailable ?? 0;
    const before = ['minAvailable', 'maxUnavailable'].flatMap((field) => {
      const now = valueAt(pdb, `/spec/${field}`);
      return now === undefined ? [] : [`${field} ${String(now)}`];
    });
    const none = given === 'minAvailable' ? ['0', '0%'] : ['100%'];
    const all = given === 'minAvailable' ? ['100%'] : ['0', '0%'];
    const counted = wished.relaxBy === undefined || isObserved(pdb);
    return {
      set: [{ path: `/spec/${given}`, value }, { path: `/spec/${other}` }],
      problems: counted ? [] : ['the controller has not counted its pods yet, so there is nothing to relax from'],
      warnings: [
        ...(none.includes(String(value)) ? ['it protects nothing any more: all pods may be evicted at once'] : []),
        ...(all.includes(String(value))
          ? ['it allows no eviction at all: drains of its nodes will wait for ever']
          : []),
        `it allows ${count(pdb.status?.disruptionsAllowed)} disruptions now (${count(pdb.status?.currentHealthy)} of ${count(pdb.status?.expectedPods)} pods healthy)`,
      ],
      summary: `budget ${displayName(pdb.metadata)} ${before.join(', ') || 'nothing set'} → ${given} ${String(value)}`,
    };
  },

  /**
   * True when the fields are still what we set and the controller has counted by that generation: then `disruptionsAllowed`,
   * which is reported, is what evictions are held to — and that for a second, since it counts pods that have just come or gone
   * with a delay. False when it cannot count (SyncFailed), since it then allows none.
   */
  async verify(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const { apiVersion, kind, namespace } = target;
    const name = displayName(target);
    // A failure left over from before our change is gone after the next sync.
    const failing = persisting(ctx.clock, 5_000);
    const settled = persisting(ctx.clock, 1_000);
    let seen = '';
    const result = await waitUntil(ctx, {
      what: `budget ${name}`,
      queries: [{ apiVersion, kind, namespace, fieldSelector: `metadata.name=${target.name}` }],
      evaluate: ([budgets = []]) => {
        const pdb = budgets.find((each) => each.metadata.uid === target.uid);
        if (!pdb) return { state: 'failed', reason: 'it was deleted' };
        const lost = lostField(pdb, validation.diff);
        if (lost) return { state: 'failed', reason: lost };
        const allowed = conditionOf(pdb, 'DisruptionAllowed');
        const failed = failing(allowed?.reason === 'SyncFailed');
        if (failed.lasted) return { state: 'failed', reason: `SyncFailed: ${allowed?.message ?? ''}`.slice(0, 300) };
        if (!isObserved(pdb)) return { state: 'waiting', reason: 'the controller has not counted by it yet' };
        const figures = JSON.stringify(pdb.status ?? {});
        if (figures !== seen) settled(false);
        seen = figures;
        const { lasted, leftMs } = settled(true);
        return lasted
          ? { state: 'met', value: pdb.status ?? {} }
          : { state: 'waiting', reason: 'counted, watching whether it stays so', recheckInMs: leftMs };
      },
    });
    if (!result.met) return refuted(`budget ${name}: ${result.reason}`);
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = result.value;
    return proven(`budget ${name} allows ${count(disruptionsAllowed)} disruptions`, {
      disruptionsAllowed: count(disruptionsAllowed),
      currentHealthy: count(currentHealthy),
      desiredHealthy: count(desiredHealthy),
      expectedPods: count(expectedPods),
    });
  },
});

/** What is relative against what the controller has counted; a percentage becomes the number that it stands for now. */
function absolute(pdb: KubeObject, { relaxBy, ...given }: Params): Omit<Params, 'relaxBy'> {
  if (relaxBy === undefined) return given;
  const most = valueAt(pdb, '/spec/maxUnavailable');
  if (typeof most === 'number') return { maxUnavailable: most + relaxBy };
  return { minAvailable: Math.max(0, count(pdb.status?.desiredHealthy) - relaxBy) };
}
