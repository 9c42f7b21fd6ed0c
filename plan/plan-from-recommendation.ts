import { KubernautError } from './errors';
import type { Json } from './json';
import type { Investigation, Recommendation } from './investigation';
import { PLAN_API_VERSION } from './model';

/** Where the recommendation applies: what the alert says, not what the model says. */
export interface RecommendationScope {
  cluster: string;
  namespace: string;
  alertName: string;
}

/**
 * The plan document for one recommendation, to be checked like any other plan. A person approves it, whatever the model
 * thinks of its risk.
 *
 * @throws KubernautError INVESTIGATION_INVALID when the target lies outside the alert's namespace
 */
export function planFromRecommendation(
  recommendation: Recommendation,
  investigation: Investigation,
  scope: RecommendationScope,
): Json {
  const { action, target, params } = recommendation;
  if (target.namespace !== scope.namespace) {
    const where = `${target.kind} ${target.namespace ?? '(no namespace)'}/${target.name}`;
    throw new KubernautError(
      'INVESTIGATION_INVALID',
      `${action} on ${where} reaches beyond the alert, which is about namespace ${scope.namespace}`,
    );
  }
  return {
    apiVersion: PLAN_API_VERSION,
    kind: 'RemediationPlan',
    metadata: {
      name: planName(action, target.name),
      reason: `${scope.alertName}: ${investigation.rootCause || investigation.analysis}`.slice(0, 500),
      requester: 'holmesgpt',
      ...(investigation.requestId && { investigation: { id: investigation.requestId } }),
    },
    spec: {
      cluster: scope.cluster,
      approval: 'required',
      steps: [{ id: 'remediate', action, target: { ...target }, params }],
    },
  };
}

function planName(action: string, target: string): string {
  const name = `${action}-${target}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  return name.slice(0, 63).replace(/^-+|-+$/g, '');
}
