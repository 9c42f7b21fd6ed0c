import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { JsonObject } from '../../../plan/json';
import { SUB_PLAN_ACTION } from '../../../plan/sub-plan';
import { defineAction } from '../../contract';

const params = z.strictObject({
  plan: z
    .record(z.string(), z.unknown())
    .describe(
      'A whole RemediationPlan, written out; it is checked with the plan around it. Its expressions speak of its own steps. Cluster and requester default to those of the plan around it.',
    ),
});

/**
 * Another plan as one step (`childPlan`): the workflow carries it out as a child workflow, since only a workflow can stand by
 * after its success and undo everything when the plan around it fails later. The action itself says whether the step may run.
 */
export const runPlan = defineAction<z.output<typeof params>, JsonObject>({
  name: SUB_PLAN_ACTION,
  executor: 'custom',
  description:
    'Runs another plan as one step: previewed, approved and verified by its own rules, and undone as a whole when the plan around it fails later.',
  whenToUse:
    'To put a plan that exists into a larger one, with a rollback strategy, a timeout and approvals of its own.',
  whenNotToUse: 'For a few steps that belong together: write them into the plan itself, with dependsOn.',
  // What it really comes to depends on its steps, which nobody has looked at here.
  risk: 'high',
  reversibility: 'compensatable',
  disruption: 'cluster',
  readOnly: false,
  clusterScoped: false,
  childPlan: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    {
      title: 'Scale up, and restart what reads the setting at its start',
      params: {
        plan: {
          apiVersion: 'kubernaut.dev/v1alpha1',
          kind: 'RemediationPlan',
          metadata: { name: 'more-web', reason: 'Sale begins', requester: 'shop-team' },
          spec: {
            timeout: '20m',
            steps: [
              { id: 'scale', action: 'scale_deployment', target: 'Deployment/shop/web', params: { replicas: 6 } },
              { id: 'restart', action: 'restart_deployment', target: 'Deployment/shop/cart' },
            ],
          },
        },
      },
    },
  ],

  async validate(_ctx, { params: { plan } }) {
    const { metadata, spec } = plan as { metadata?: { name?: string }; spec?: { steps?: unknown[] } };
    const count = spec?.steps?.length ?? 0;
    const summary = `sub-plan ${metadata?.name ?? '?'} (${count} step${count === 1 ? '' : 's'})`;
    return { before: {}, diff: [], warnings: [], summary, noEffect: false };
  },
  execute: async () => refuse(),
  verify: async () => refuse(),
  rollback: async () => refuse(),
});

/** Called by itself it would report what it has not done. */
function refuse(): never {
  throw new KubernautError('PRECONDITION_FAILED', `${SUB_PLAN_ACTION} is carried out by the workflow of a remediation`);
}
