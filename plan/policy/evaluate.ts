import { compileCel, type CompiledCel } from '../cel';
import { durationMs } from '../duration';
import type { JsonObject } from '../json';
import {
  mergeTerms,
  PolicyMode,
  PolicyVerdict,
  strictest,
  type ApprovalTerms,
  type DecidingRule,
  type PolicyDecision,
  type StepDecision,
} from './decision';
import { exceeded, exceededByStep } from './limits';
import { isWithin } from './local-time';
import type { PolicyRequest, PolicyStep, PolicyWorld } from './request';
import type { Policy, PolicyRule } from './schema';
import { changesSomething, planVariables, stepVariables } from './variables';

/** Checked policies, ready to be asked. */
export interface PolicySet {
  version: string;
  policies: readonly Policy[];
}

/** Longest list of deciding rules that goes into history. */
const MAX_RULES = 100;

/** A rule that counts: its verdict on the plan or a step, with the terms it asks for. */
interface Hit extends DecidingRule {
  terms?: ApprovalTerms;
}

/**
 * What the policies say to a plan, or to one step whose turn has come. All rules are asked, and the most restrictive wins. A
 * rule that cannot be evaluated counts, unless it only allows: what is unknown must not open a door. Pure.
 */
export function evaluatePolicy(
  { policies, version }: PolicySet,
  request: PolicyRequest,
  world: PolicyWorld,
): PolicyDecision {
  const decided = request.steps.filter(({ id, noEffect }) => !noEffect && (request.only ?? id) === id);
  const hits = policies.flatMap((policy) =>
    policy.spec.rules.flatMap((rule) => hitsOf(policy, rule, request, decided, world)),
  );
  const modes = new Map(decided.filter(changesSomething).map((step) => [step.id, modeOf(step, request, world)]));
  hits.push(...[...modes].flatMap(([id, mode]) => hitOfMode(id, mode, hits)));
  const relevant = hits.filter(({ verdict }) => verdict !== PolicyVerdict.allow);
  const verdict = strictest(relevant.map((hit) => hit.verdict));
  const approval = verdict === PolicyVerdict.approval ? termsOf(relevant) : undefined;
  const steps = decided.map(({ id }): [string, StepDecision] => {
    const own = relevant.filter(({ step }) => step === undefined || step === id);
    const of = strictest(own.map((hit) => hit.verdict));
    return [id, { verdict: of, ...(of === PolicyVerdict.approval && { approval: termsOf(own) }) }];
  });
  return {
    verdict,
    mode: strictestMode([...modes.values()]),
    version,
    rules: sorted(hits)
      .slice(0, MAX_RULES)
      .map(({ rule, verdict, reason, step }) => ({ rule, verdict, reason, ...(step !== undefined && { step }) })),
    ...(approval && { approval }),
    steps: Object.fromEntries(steps),
    noSelfApproval: world.noSelfApproval,
  };
}

function hitsOf(
  policy: Policy,
  rule: PolicyRule,
  request: PolicyRequest,
  decided: readonly PolicyStep[],
  world: PolicyWorld,
): Hit[] {
  if (!isTime(policy, rule, world.now)) return [];
  const zone = rule.timeZone ?? policy.spec.timeZone ?? 'UTC';
  const scope = planVariables(request, world, zone);
  const name = `${policy.metadata.name}/${rule.name}`;
  const { when } = rule;
  const compiled = when === undefined ? undefined : compileCel(when);
  if (rule.scope === 'plan')
    return decided.length === 0 ? [] : planHits(rule, name, test(compiled, scope), request.steps);
  const tested = decided.map((step) => ({ step, answer: test(compiled, { ...scope, ...stepVariables(step, world) }) }));
  const certain = tested.filter(({ step, answer }) => answer.holds && (step.known || answer.problem === undefined));
  const perStep = certain.flatMap(({ step, answer }) => stepHits(rule, name, step, answer.problem));
  // Over the whole plan a limit counts the steps that fit, those done or decided already included.
  const fitting = () =>
    request.steps.filter((step) => test(compiled, { ...scope, ...stepVariables(step, world) }).holds);
  const overall = rule.limit && certain.length > 0 ? exceeded(rule.limit, fitting()) : [];
  return [...perStep, ...overall.map((why): Hit => beyond(rule, name, why))];
}

interface Answer {
  holds: boolean;
  /** Why it could not be evaluated; it then counts as true. */
  problem?: string;
}

function test(compiled: CompiledCel | undefined, scope: JsonObject): Answer {
  if (compiled === undefined) return { holds: true };
  try {
    const value = compiled.evaluate(scope);
    if (typeof value === 'boolean') return { holds: value };
    return { holds: true, problem: `its condition gives no true or false` };
  } catch (error) {
    return { holds: true, problem: error instanceof Error ? error.message : String(error) };
  }
}

function planHits(rule: PolicyRule, name: string, { holds, problem }: Answer, steps: readonly PolicyStep[]): Hit[] {
  if (!holds) return [];
  if (rule.limit) return exceeded(rule.limit, steps).map((why) => beyond(rule, name, why));
  return hit(rule, name, problem);
}

function stepHits(rule: PolicyRule, name: string, step: PolicyStep, problem: string | undefined): Hit[] {
  const own = rule.limit
    ? exceededByStep(rule.limit, step).map((why) => beyond(rule, name, why))
    : hit(rule, name, problem);
  return own.map((each) => ({ ...each, step: step.id }));
}

function hit(rule: PolicyRule, name: string, problem: string | undefined): Hit[] {
  const why = problem === undefined ? rule.reason : `${rule.reason} (cannot be evaluated: ${problem})`;
  const reason = why.slice(0, 600);
  if (rule.deny) return [{ rule: name, verdict: PolicyVerdict.deny, reason }];
  if (rule.approval) return [{ rule: name, verdict: PolicyVerdict.approval, reason, terms: rule.approval }];
  return rule.allow && problem === undefined ? [{ rule: name, verdict: PolicyVerdict.allow, reason }] : [];
}

function beyond(rule: PolicyRule, name: string, why: string): Hit {
  const asks = rule.limit?.beyond === 'approval';
  const verdict = asks ? PolicyVerdict.approval : PolicyVerdict.deny;
  return { rule: name, verdict, reason: `${rule.reason} (${why})`, ...(asks && { terms: {} }) };
}

/** What the mode of the place says to a step that changes something. */
function hitOfMode(step: string, mode: PolicyMode, hits: readonly Hit[]): Hit[] {
  if (mode === PolicyMode.observe) {
    const reason = 'the place is in observe mode: preview and notify only';
    return [{ rule: 'mode', verdict: PolicyVerdict.observe, reason, step }];
  }
  const allowed = hits.some((each) => each.verdict === PolicyVerdict.allow && (each.step ?? step) === step);
  if (mode === PolicyMode.auto || allowed) return [];
  const reason = 'the place is in approve mode: a person approves every change';
  return [{ rule: 'mode', verdict: PolicyVerdict.approval, reason, step, terms: {} }];
}

function modeOf({ target }: PolicyStep, { plan }: PolicyRequest, world: PolicyWorld): PolicyMode {
  return world.modeOf(target?.cluster ?? plan.cluster, target?.namespace);
}

function strictestMode(modes: readonly PolicyMode[]): PolicyMode {
  return [PolicyMode.observe, PolicyMode.approve].find((mode) => modes.includes(mode)) ?? PolicyMode.auto;
}

function isTime({ spec }: Policy, { during, outside }: PolicyRule, now: number): boolean {
  const active = (name: string) =>
    (spec.windows ?? []).some((window) => window.name === name && isWithin(window, now, spec.timeZone ?? 'UTC'));
  return (during === undefined || during.some(active)) && (outside === undefined || !outside.some(active));
}

function termsOf(hits: readonly Hit[]): ApprovalTerms {
  const shorter = (a: string, b: string) => (durationMs(b) < durationMs(a) ? b : a);
  return hits.reduce<ApprovalTerms>((terms, { terms: own }) => mergeTerms(terms, own ?? {}, shorter), {});
}

function sorted(hits: readonly Hit[]): Hit[] {
  const order: readonly string[] = ['deny', 'observe', 'approval', 'allow'];
  return [...hits].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}
