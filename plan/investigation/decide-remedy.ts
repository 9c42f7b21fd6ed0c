import type { JsonObject } from '../json';
import {
  Role,
  Timing,
  type Investigation,
  type ObjectName,
  type Recommendation,
  type RemedyThresholds,
  type ToolUse,
} from './investigation';
import { describe, sameObject } from './scope';

export const defaultThresholds: RemedyThresholds = { minConfidence: 0.5, needsEvidence: true };

/** What this incident has had done already without lasting success. */
export interface TriedStep {
  action: string;
  target: ObjectName;
  params: JsonObject;
}

/** Why one recommendation is in the plan, or is not. */
export interface Explanation {
  /** Of the recommendation. */
  index: number;
  action: string;
  target: ObjectName;
  taken: boolean;
  why: string;
}

export type RemedyDecision =
  | {
      kind: 'remedy';
      primary: Recommendation;
      /** In the order of the answer. */
      secondary: Recommendation[];
      /** Why a person must approve; empty: nobody needs to. */
      askBecause: string[];
      why: Explanation[];
    }
  | { kind: 'escalate'; reason: string; why: Explanation[] };

const RISKS = ['low', 'medium', 'high'] as const;
const DISRUPTIONS = ['none', 'pod', 'workload', 'node', 'cluster'] as const;

/**
 * Which recommendations become a plan. Deterministic: the model's primary comes before its alternatives, the more confident
 * before the less, then the lower risk, the smaller disruption, the target that the incident is about, and the order of the
 * answer. The model's confidence can only keep something out; risk comes from the registry.
 */
export function decideRemedy(
  investigation: Investigation,
  {
    thresholds = investigation.thresholds ?? defaultThresholds,
    tried = [],
  }: { thresholds?: RemedyThresholds; tried?: readonly TriedStep[] } = {},
): RemedyDecision {
  const { recommendations, problems } = investigation;
  const blind = thresholds.needsEvidence && !investigation.tools.some(lookedAtSomething);
  const objections = new Map(
    recommendations.map((each) => [
      each,
      blind ? 'HolmesGPT has not looked at anything' : objection(each, thresholds, tried),
    ]),
  );
  const usable = recommendations.filter((each) => objections.get(each) === undefined);
  const candidates = usable.filter(({ role, facts }) => role !== Role.secondary && !facts.readOnly).sort(betterFirst);
  const [primary] = candidates;
  if (primary === undefined) {
    const why = recommendations.map((each) => explain(each, false, objections.get(each) ?? whyNoPrimary(each)));
    return { kind: 'escalate', reason: escalation(recommendations, problems.length, blind), why };
  }
  const secondary = usable.filter((each) => each.role === Role.secondary && !isSameStep(each, primary));
  const why = recommendations.map((each) => {
    const against = objections.get(each);
    if (each === primary) return explain(each, true, whyPrimary(each, candidates.length));
    if (secondary.includes(each)) return explain(each, true, `secondary, ${timingText(each)}`);
    return explain(each, false, against ?? whyNotInstead(each, primary));
  });
  return { kind: 'remedy', primary, secondary, askBecause: reasonsToAsk([primary, ...secondary], thresholds), why };
}

/** A tool call of the model's own bookkeeping, a list of things to do, is no look at the cluster. */
export function lookedAtSomething({ name, status, toolset }: ToolUse): boolean {
  return status === 'success' && toolset !== 'core_investigation' && name !== 'TodoWrite';
}

function objection(
  each: Recommendation,
  { minConfidence }: RemedyThresholds,
  tried: readonly TriedStep[],
): string | undefined {
  if (each.confidence < minConfidence) return `confidence ${each.confidence} is below ${minConfidence}`;
  return tried.some((step) => isSameStep(step, each)) ? 'the same was tried already and did not last' : undefined;
}

function betterFirst(a: Recommendation, b: Recommendation): number {
  return (
    rank([Role.primary, Role.alternative], a.role) - rank([Role.primary, Role.alternative], b.role) ||
    b.confidence - a.confidence ||
    rank(RISKS, a.facts.risk) - rank(RISKS, b.facts.risk) ||
    rank(DISRUPTIONS, a.facts.disruption) - rank(DISRUPTIONS, b.facts.disruption) ||
    rank(['object', 'namespace'], a.reach) - rank(['object', 'namespace'], b.reach) ||
    a.index - b.index
  );
}

function reasonsToAsk(steps: readonly Recommendation[], { automatic }: RemedyThresholds): string[] {
  if (automatic === undefined) return ['every recommendation of HolmesGPT is approved by a person here'];
  return steps.flatMap(({ action, target, confidence, facts, reach }) => {
    const what = `${action} on ${describe(target)}`;
    return [
      ...(confidence < automatic.minConfidence
        ? [`${what}: confidence ${confidence}, below ${automatic.minConfidence}`]
        : []),
      ...(rank(RISKS, facts.risk) > rank(RISKS, automatic.maxRisk) ? [`${what}: its risk is ${facts.risk}`] : []),
      ...(facts.reversibility === 'irreversible' && !facts.readOnly ? [`${what}: it cannot be undone`] : []),
      ...(reach === 'namespace' ? [`${what}: the incident is not about this object`] : []),
    ];
  });
}

function escalation(recommendations: readonly Recommendation[], problems: number, blind: boolean): string {
  if (recommendations.length === 0) {
    return problems === 0
      ? 'HolmesGPT recommends no action'
      : 'nothing that HolmesGPT recommends is an offered action on a target of this incident';
  }
  if (blind) return 'HolmesGPT has not looked at anything, or no tool of it worked: its answer is a guess';
  return `none of the ${recommendations.length} recommendations can be used`;
}

function whyPrimary({ role, confidence, facts }: Recommendation, candidates: number): string {
  const among = candidates === 1 ? 'the only usable one' : `the first of ${candidates} usable ones`;
  return `${among}: ${role}, confidence ${confidence}, risk ${facts.risk}`;
}

function whyNoPrimary({ role, facts }: Recommendation): string {
  if (facts.readOnly && role !== Role.secondary) return 'it only reads, so it remedies nothing';
  return 'it is to be done together with a primary one, and there is none';
}

function whyNotInstead(each: Recommendation, primary: Recommendation): string {
  if (isSameStep(each, primary)) return `the same step as recommendation ${primary.index}`;
  if (each.facts.readOnly) return 'it only reads, so it remedies nothing';
  return `kept for a next attempt: recommendation ${primary.index} comes before it (${primary.role}, confidence ${primary.confidence}, risk ${primary.facts.risk})`;
}

function timingText({ timing }: Recommendation): string {
  if (timing === Timing.ifPrimaryFails) return 'only if the primary one fails';
  return timing === Timing.parallel ? 'beside the primary one' : 'after the primary one';
}

function explain({ index, action, target }: Recommendation, taken: boolean, why: string): Explanation {
  return { index, action, target, taken, why };
}

function isSameStep(a: TriedStep, b: TriedStep): boolean {
  return a.action === b.action && sameObject(a.target, b.target) && canonical(a.params) === canonical(b.params);
}

function canonical(value: JsonObject): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

function rank<T>(order: readonly T[], value: T): number {
  return order.indexOf(value);
}
