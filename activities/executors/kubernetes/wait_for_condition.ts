import { z } from 'zod';
import { compileCel } from '../../../plan/cel';
import { KubernautError } from '../../../plan/errors';
import type { JsonObject } from '../../../plan/json';
import { describeRef } from '../../cluster/resource-path';
import { defineAction } from '../../contract';
import { OBSERVED_KINDS, observedPermissions } from './reading/observed-kinds';
import { preflight } from './target/preflight';
import { resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil } from './wait/wait-until';

const params = z.strictObject({
  condition: z
    .string()
    .min(1)
    .max(4_096)
    .describe(
      'CEL over `object`, the target as it is: `object.status.readyReplicas >= 3`. A field that is absent yet: not true yet.',
    ),
  timeoutSeconds: z.int().min(1).max(86_400).default(300).describe('Refuted when it is not true by then. Default 300.'),
});
type Params = z.infer<typeof params>;

export const waitForCondition = defineAction<Params, { holds: boolean }>({
  name: 'wait_for_condition',
  executor: 'kubernetes',
  description: 'Waits until a CEL expression over an object is true, by watching it.',
  whenToUse: 'The next step only makes sense once an object has come to a state that no other action waits for.',
  whenNotToUse:
    'A step before it verifies the same already: scale, restart and rollback wait for their rollout themselves.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: true,
  clusterScoped: true,
  targetKinds: OBSERVED_KINDS.map(({ kind }) => kind),
  permissions: observedPermissions(['get', 'list', 'watch']),
  params,
  examples: [
    {
      title: 'Until three replicas are ready',
      target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      params: { condition: 'object.status.readyReplicas >= 3' },
    },
    {
      title: 'Until a node is Ready',
      target: { kind: 'Node', name: 'node-1' },
      params: {
        condition: "object.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
        timeoutSeconds: 600,
      },
    },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const cel = compileCel(step.params.condition);
    const foreign = cel.references.map(([root]) => root ?? '').filter((root) => root !== 'object');
    if (foreign.length > 0 || !['bool', 'dyn'].includes(cel.type)) {
      const what =
        foreign.length > 0
          ? `it reads ${[...new Set(foreign)].join(', ')}; there is only \`object\``
          : `it gives ${cel.type}, not bool`;
      throw new KubernautError('EXPRESSION_FAILED', `expression \`${step.params.condition}\`: ${what}`);
    }
    const object = await preflight(ctx, target, waitForCondition);
    const state = look(step.params.condition, object as unknown as JsonObject);
    return {
      target: resolvedTarget(target, object),
      before: { holds: state.holds },
      diff: [],
      warnings: state.holds ? ['it is true already'] : [`not yet: ${state.why}`],
      summary: `wait for ${describeRef(target)}: ${step.params.condition}`.slice(0, 300),
      // The waiting is the effect, also when it is short.
      noEffect: false,
    };
  },

  // Nothing to do: the waiting is the proof, so it is verify's.
  execute: async (_ctx, _step, validation) => ({ changed: false, summary: validation.summary, data: {} }),

  async verify(ctx, { params: { condition, timeoutSeconds } }, validation) {
    const target = validatedTarget(validation);
    const name = describeRef(target);
    const until = ctx.clock.now() + timeoutSeconds * 1000;
    let why = 'not read yet';
    const result = await waitUntil(ctx, {
      what: `${name}: ${condition}`.slice(0, 200),
      queries: [
        {
          apiVersion: target.apiVersion,
          kind: target.kind,
          namespace: target.namespace,
          fieldSelector: `metadata.name=${target.name}`,
        },
      ],
      evaluate: ([objects = []]) => {
        const object = objects.find((each) => each.metadata.uid === target.uid);
        if (!object) return { state: 'failed', reason: 'it was deleted or replaced' };
        const state = look(condition, object as unknown as JsonObject);
        if (state.holds) return { state: 'met', value: object.metadata.resourceVersion };
        why = state.why;
        const left = until - ctx.clock.now();
        if (left <= 0) return { state: 'failed', reason: `not true within ${timeoutSeconds} s: ${why}` };
        return { state: 'waiting', reason: why, recheckInMs: left };
      },
    });
    if (!result.met) return refuted(`${name}: ${result.reason}`);
    return proven(`${name}: ${condition} is true`.slice(0, 500), { resourceVersion: result.value });
  },
});

/** An expression that cannot be evaluated (a status field that is not there yet) is not true yet; it says why. */
function look(condition: string, object: JsonObject): { holds: boolean; why: string } {
  try {
    const value = compileCel(condition).evaluate({ object });
    return { holds: value === true, why: `it gives ${JSON.stringify(value).slice(0, 100)}` };
  } catch (error) {
    if (error instanceof KubernautError) return { holds: false, why: error.message.slice(0, 300) };
    throw error;
  }
}
