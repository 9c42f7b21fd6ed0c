import { createRegistry } from '../../../activities/actions';
import { offeredActions } from '../../../activities/investigation/offered-actions';
import type { Json, JsonObject } from '../../../plan/json';
import type { HolmesAnswer, InvestigationScope, ToolUse } from '../../../plan/investigation';

export const registry = createRegistry();

/** An incident of a Deployment `shop/web` whose pod crashes. */
export const scope: InvestigationScope = {
  cluster: 'prod',
  objects: [
    { kind: 'Deployment', namespace: 'shop', name: 'web' },
    { kind: 'Pod', namespace: 'shop', name: 'web-6d5f9c7b44-x2k8p' },
    { kind: 'PodDisruptionBudget', namespace: 'shop', name: 'web' },
    { kind: 'Node', name: 'node-1' },
  ],
  alerts: ['KubePodCrashLooping'],
};
export const withhold = ['patch_secret', 'restore_role_binding'];
export const options = { scope, actions: offeredActions(registry, { withhold }, scope) };

export const looked: ToolUse = { name: 'kubectl_describe', status: 'success', toolset: 'kubernetes/core' };

export const web = { kind: 'Deployment', namespace: 'shop', name: 'web' };
export const rollBack: JsonObject = {
  action: 'rollback_deployment',
  target: web,
  parameters: {},
  role: 'primary',
  timing: null,
  confidence: 0.9,
  rationale: 'It worked before.',
  success_criteria: [],
};

/** What a well-behaved model says, with these recommendations. */
export function said(recommendations: Json[], more: JsonObject = {}): JsonObject {
  return {
    analysis: 'The container exits at once.',
    root_cause: 'bad image',
    confidence: 0.9,
    evidence: [{ source: 'kubectl_describe', finding: 'CrashLoopBackOff' }],
    recommendations,
    ...more,
  };
}

export function answerOf(content: Json, tools: ToolUse[] = [looked]): HolmesAnswer {
  return { analysis: typeof content === 'string' ? content : JSON.stringify(content), tools };
}

/** Resolves when the server has a question that it has not answered. */
export const whenWorking = (server: { readonly working: number }): Promise<void> => until(() => server.working > 0);

export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}
