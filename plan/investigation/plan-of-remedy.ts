import type { JsonObject } from '../json';
import { PLAN_API_VERSION } from '../model';
import { hasTemplate } from '../template';
import type { RemedyDecision } from './decide-remedy';
import { Timing, type Investigation, type Recommendation, type SuccessCriterion } from './investigation';
import { untrustedLine } from './untrusted-text';

export interface PlanOfRemedyOptions {
  cluster: string;
  /** Workflow id of the incident. */
  incident?: string;
  /** What the incident calls itself: `KubePodCrashLooping`. */
  title: string;
  /** The cluster has an Alertmanager: steps themselves wait for their alerts to resolve. Default false: `toConfirm` has them. */
  watchesAlerts?: boolean;
}

export interface RemedyPlan {
  /** A `RemediationPlan` document, to be checked like any other. */
  document: JsonObject;
  /** Criteria that no step can check by itself: whoever started the plan confirms them afterwards. */
  toConfirm: SuccessCriterion[];
}

type Remedy = Extract<RemedyDecision, { kind: 'remedy' }>;

/**
 * The plan of a decision: the primary step; with it or after it the secondary ones, whose failure does not undo a primary
 * that helped; and those for the case that it fails, one after the other, of which the last must succeed. What a failed primary
 * has changed by then stays, and the result names it; without such steps its failure undoes it.
 */
export function planOfRemedy(remedy: Remedy, investigation: Investigation, options: PlanOfRemedyOptions): RemedyPlan {
  const { primary, secondary, askBecause } = remedy;
  const step = (id: string, each: Recommendation, more: JsonObject) => stepOf(id, each, more, options);
  const of = (timing: Timing) => secondary.filter((each) => each.timing === timing);
  const fallbacks = of(Timing.ifPrimaryFails);
  const mayFail: JsonObject = fallbacks.length > 0 ? { critical: false, onFailure: 'continue' } : {};
  const helped: JsonObject = fallbacks.length > 0 ? { when: `steps.primary.status != "failed"` } : {};
  const steps = [
    step('primary', primary, { dependsOn: [], ...mayFail }),
    ...of(Timing.parallel).map((each, n) => step(`beside-${n + 1}`, each, { dependsOn: [], critical: false })),
    ...of(Timing.after).map((each, n) =>
      step(`after-${n + 1}`, each, { dependsOn: ['primary'], ...helped, critical: false }),
    ),
    ...fallbacks.map((each, n) => {
      const before = n === 0 ? 'primary' : `instead-${n}`;
      const last = n === fallbacks.length - 1;
      const when = `steps[${JSON.stringify(before)}].status == "failed"`;
      return step(`instead-${n + 1}`, each, { dependsOn: [before], when, ...(last ? {} : mayFail) });
    }),
  ];
  const criteria = [primary, ...secondary].flatMap(({ successCriteria }) => successCriteria);
  return {
    document: {
      apiVersion: PLAN_API_VERSION,
      kind: 'RemediationPlan',
      metadata: {
        name: planName(primary.action, primary.target.name),
        reason: reasonText(options.title, investigation),
        requester: 'holmesgpt',
        ...(options.incident && { incident: options.incident }),
        investigation: {
          ...(investigation.requestId && { id: investigation.requestId }),
          confidence: Math.min(...[primary, ...secondary].map(({ confidence }) => confidence)),
        },
      },
      spec: { cluster: options.cluster, approval: askBecause.length > 0 ? 'required' : 'none', steps },
    },
    toConfirm: criteria.filter((each) => each.type === 'alert_resolved' && !isWatched(each, options)),
  };
}

function stepOf(
  id: string,
  { action, target, params, successCriteria }: Recommendation,
  more: JsonObject,
  options: PlanOfRemedyOptions,
): JsonObject {
  const expect = successCriteria.flatMap((criterion) =>
    criterion.type === 'evidence' ? [`evidence.${criterion.field} ${criterion.operator} ${criterion.value}`] : [],
  );
  // An alert of the same name may fire elsewhere for reasons of its own.
  const matchers: JsonObject =
    target.namespace === undefined ? {} : { matchers: [{ name: 'namespace', value: target.namespace }] };
  const checks = successCriteria.flatMap((each): JsonObject[] =>
    each.type === 'alert_resolved' && isWatched(each, options)
      ? [{ alertResolved: { alertname: each.alert, ...matchers } }]
      : [],
  );
  const verify: JsonObject = {
    ...(expect.length > 0 && { expect: expect.join(' && ') }),
    ...(checks.length > 0 && { checks }),
  };
  const verified: JsonObject = Object.keys(verify).length > 0 ? { verify } : {};
  return { id, action, target: { ...target }, params, ...more, ...verified };
}

/** An alert's name comes from outside, too: in a plan a template would be code. */
function isWatched(criterion: SuccessCriterion, { watchesAlerts = false }: PlanOfRemedyOptions): boolean {
  return watchesAlerts && criterion.type === 'alert_resolved' && !hasTemplate([criterion.alert]);
}

function reasonText(title: string, { rootCause, analysis }: Investigation): string {
  // Reasons are shown to people only; still nothing in them should look like an expression.
  return untrustedLine(`${title}: ${rootCause || analysis}`.replaceAll('${{', '$ {'), 500);
}

function planName(action: string, target: string): string {
  const name = `${action}-${target}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  return name.slice(0, 63).replace(/^-+|-+$/g, '');
}
