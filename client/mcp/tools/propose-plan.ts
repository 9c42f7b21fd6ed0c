import { z } from 'zod';
import type { Approval, RemediationPlan } from '../../../plan/model';
import { acceptPlan } from '../../bridge/accept-plan';
import { idempotencyKey, runId } from '../../bridge/routes/plans';
import { defineTool } from '../mcp-tool';
import { planInput } from '../plan-input';

export const proposePlan = defineTool({
  name: 'propose_plan',
  title: 'Propose a plan',
  description:
    'Hands a plan to people. It is checked and previewed, and then waits: nothing is changed before a person has approved exactly ' +
    'that preview, whatever the plan itself says about approval. Without a decision it expires. The answer has the id to ask ' +
    'get_status for. With a key, a second call with the same plan gives the same run instead of another.',
  role: 'propose',
  readOnly: false,
  input: z.strictObject({ plan: planInput, key: idempotencyKey }),
  async call({ plan: given, key }, { context, caller }) {
    const { plan, warnings } = acceptPlan(given, { actions: context.actions, requester: caller.name });
    const { id, attached } = await context.remediations.start(proposed(plan, caller.name), runId(key));
    return {
      ...{ id, attached, requester: caller.name },
      approval: 'required: a person decides. No tool here can.',
      next: 'Ask get_status for this id.',
      warnings,
    };
  },
});

/**
 * A plan that a person has to approve as a whole. How many, and until when, it may say itself; not who: naming groups would let
 * an agent choose its approvers.
 */
export function proposed(plan: RemediationPlan, requester: string): RemediationPlan {
  const { groups: _chosen, ...terms }: Approval = plan.spec.approval;
  return {
    ...plan,
    metadata: { ...plan.metadata, requester },
    spec: { ...plan.spec, approval: { ...terms, required: true } },
  };
}
