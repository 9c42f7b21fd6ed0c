import { z } from 'zod';
import { acceptPlan } from '../../bridge/accept-plan';
import type { RemediationStatus } from '../../../plan/steering';
import { defineTool, type ToolCall } from '../mcp-tool';
import { planInput } from '../plan-input';

const WAIT_MS = 45_000;

export const previewPlan = defineTool({
  name: 'preview_plan',
  title: 'Preview a plan',
  description:
    'What a plan would do on the live cluster, without doing it: each step is validated and dry-run by the API server. The answer ' +
    'has every field that would change, warnings, risks, and what would keep the plan from being carried out. Should it take ' +
    'longer than a minute, the answer has the id to ask get_status for.',
  role: 'propose',
  readOnly: true,
  input: z.strictObject({ plan: planInput }),
  async call({ plan: given }, call) {
    const { context, caller } = call;
    const { plan, warnings } = acceptPlan(given, { actions: context.actions, requester: caller.name });
    const { id } = await context.remediations.start(
      { ...plan, metadata: { ...plan.metadata, requester: caller.name } },
      { dryRun: true },
    );
    const status = await untilEnded(id, call);
    if (status === undefined) return { id, ended: false, next: 'Ask get_status for this id.', warnings };
    const { outcome, reason, problems, policy } = status;
    const { digest, steps } = await context.remediations.preview(id);
    return { id, ended: true, outcome, reason, problems, policy, digest, steps, warnings };
  },
});

/** The last status; undefined when the preview has not ended in time. The run itself goes on. */
async function untilEnded(id: string, { context, signal }: ToolCall): Promise<RemediationStatus | undefined> {
  const enough = AbortSignal.any([signal, AbortSignal.timeout(context.previewWaitMs ?? WAIT_MS)]);
  try {
    for await (const status of context.remediations.watch(id, { signal: enough })) {
      if (status.phase === 'ended') return status;
    }
  } catch (error) {
    if (!enough.aborted) throw error;
  }
  return undefined;
}
