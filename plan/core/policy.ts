import { durationMs } from '../duration';
import type { Approval } from '../model';
import { Outcome, StepStatus, type Problem } from '../outcome';
import { PolicyVerdict, stricterApproval, type DecidingRule, type PolicyDecision } from '../policy/decision';
import type { PolicyRequest, PolicyStep } from '../policy/request';
import { actionMeta, planStepId, problem, stepSpec, type Draft } from './draft';
import { digestOf } from '../digest';
import type { Json } from '../json';
import { stepDigest } from './digest';
import { finish } from './finish';
import { isTemplated } from './initial';
import { STALE_AFTER_MS } from './limits';
import type { RunContext, RunEvent, RunState } from './state';
import { planNotOverridden, stepNotOverridden } from './override';
import { stepFailed } from './stop';

/** What policies are asked about, made from the state. `only`: a step whose turn has come. */
export function policyRequest(run: RunContext, state: RunState, only?: string): PolicyRequest {
  const { metadata, spec } = run.plan;
  const { investigation, incident } = metadata;
  return {
    plan: {
      name: metadata.name,
      reason: metadata.reason,
      requester: metadata.requester,
      incident: incident ?? '',
      labels: metadata.labels ?? {},
      cluster: spec.cluster,
      ...(investigation?.confidence !== undefined && { confidence: investigation.confidence }),
      automatic: investigation !== undefined || incident !== undefined || metadata.requester === 'holmesgpt',
    },
    steps: state.order.flatMap((id) => (state.steps[id]!.instances === undefined ? [policyStep(run, state, id)] : [])),
    ...(only !== undefined && { only }),
  };
}

function policyStep(run: RunContext, state: RunState, id: string): PolicyStep {
  const step = state.steps[id]!;
  const spec = stepSpec(run, id);
  const meta = actionMeta(run, spec.action);
  const target = step.validation?.target ?? step.target ?? (isTemplated(spec) ? undefined : spec.target);
  const isLoop = spec.forEach !== undefined && planStepId(id) === id;
  return {
    id,
    action: spec.action,
    executor: meta.executor,
    risk: meta.risk,
    disruption: meta.disruption,
    reversibility: meta.reversibility,
    readOnly: meta.readOnly,
    params: step.params ?? step.override?.params ?? spec.params,
    ...(target && {
      target: {
        cluster: target.cluster,
        kind: target.kind,
        ...(target.namespace !== undefined && { namespace: target.namespace }),
        name: target.name,
      },
    }),
    ...(step.validation?.facts && { facts: step.validation.facts }),
    changes: (step.validation?.diff ?? []).map(({ path, after }) => ({ path, ...(after !== undefined && { after }) })),
    known: isKnown(step),
    noEffect: isKnown(step) && step.validation?.noEffect === true,
    count: isLoop ? spec.forEach!.max : 1,
  };
}

/** The preview of the step is what would happen now, not only what could be said before earlier steps have ended. */
function isKnown(step: RunState['steps'][string]): boolean {
  return step.validation !== undefined && (step.knownAfter.length === 0 || step.inTurn === true);
}

/** Asks for the plan as a whole, once its preview is complete. */
export function askPolicy(draft: Draft): void {
  draft.state.evaluating = true;
  draft.command({ type: 'evaluate_policy' });
}

export function policyDecided(
  draft: Draft,
  { decision, step: id }: Extract<RunEvent, { type: 'policy_decided' }>,
): void {
  const { state } = draft;
  state.evaluating = undefined;
  const by = decision.rules.map(({ rule, step }) => (step && id === undefined ? `${rule} (${step})` : rule));
  const detail = `${decision.verdict}, mode ${decision.mode}, ${decision.version.slice(0, 19)}${by.length > 0 ? `: ${by.join(', ')}` : ''}`;
  draft.fact('policy', detail.slice(0, 2000), id === undefined ? {} : { step: id });
  if (id === undefined) {
    state.policy = decision;
    for (const [each, { verdict }] of Object.entries(decision.steps)) {
      const known = isKnown(draft.peek(each));
      if (known && verdict !== PolicyVerdict.deny) cover(draft, each, decision);
    }
    return;
  }
  const step = draft.step(id);
  step.status = StepStatus.pending;
  if (state.stop !== undefined) {
    step.status = StepStatus.cancelled;
  } else if (decision.verdict === PolicyVerdict.deny || decision.verdict === PolicyVerdict.observe) {
    const denied = denial(decision);
    if (!stepNotOverridden(draft, id, denied)) stepFailed(draft, id, denied);
  } else {
    // Whoever approved the plan could not see this effect: it was known only after other steps.
    const unseen = step.knownAfter.length > 0 && step.policy === undefined;
    const asked = state.policy?.steps[id]?.verdict === PolicyVerdict.approval;
    if (unseen && !asked && decision.verdict === PolicyVerdict.approval) step.approved = undefined;
    cover(draft, id, decision);
  }
}

/** What the decision was about: beyond the step's digest also the diff of steps that are approved by their wish. */
function policyDigest(draft: Draft, id: string): string {
  const diff = (draft.peek(id).validation?.diff ?? []) as unknown as Json;
  return digestOf([stepDigest(draft.run, draft.state, id), diff]);
}

function cover(draft: Draft, id: string, decision: PolicyDecision): void {
  const approval = decision.steps[id]?.approval;
  draft.step(id).policy = {
    digest: policyDigest(draft, id),
    at: draft.at,
    ...(approval && { approval, why: whyOf(decision.rules, id) }),
  };
}

/** The policy could not be asked: nothing goes on without an answer. */
export function policyFailed(
  draft: Draft,
  { step: id, problem: failure }: Extract<RunEvent, { type: 'policy_failed' }>,
): void {
  draft.state.evaluating = undefined;
  if (id !== undefined) return stepFailed(draft, id, failure);
  if (draft.state.stop !== undefined) return;
  draft.state.problems.push(failure);
  finish(draft, Outcome.blocked, `the policies could not be asked: ${failure.message}`);
}

/** Whether the decision ends the run before anything is done, or what a person has changed in it. */
export function endByPolicy(draft: Draft, decision: PolicyDecision): boolean {
  const ends = decision.verdict === PolicyVerdict.deny || decision.verdict === PolicyVerdict.observe;
  if (ends && planNotOverridden(draft, denial(decision).message)) return true;
  if (decision.verdict === PolicyVerdict.deny) {
    const why = denial(decision);
    draft.state.problems.push(why);
    finish(draft, Outcome.blocked, why.message);
    return true;
  }
  if (decision.verdict === PolicyVerdict.observe && !draft.run.plan.spec.dryRun) {
    finish(draft, Outcome.blocked, 'observe mode: previewed, nothing was changed');
    return true;
  }
  return false;
}

function denial(decision: PolicyDecision): Problem {
  const against = decision.rules.filter(({ verdict }) => verdict === decision.verdict);
  const lines = against.map(({ rule, reason, step }) => `${rule}${step ? ` (step ${step})` : ''}: ${reason}`);
  return problem('POLICY_DENIED', `denied by policy ${[...new Set(lines)].join('; ')}`.slice(0, 1500));
}

/** The plan's approval as plan and policies ask for it together; undefined when neither does. */
export function planApproval(draft: Draft): { why: string; terms: Approval } | undefined {
  const own = draft.run.plan.spec.approval;
  const decision = draft.state.policy;
  if (decision?.verdict !== PolicyVerdict.approval)
    return own.required ? { why: 'the plan requires it', terms: own } : undefined;
  const required = own.required ? ['the plan requires it'] : [];
  return {
    why: [...required, whyOf(decision.rules)].join('; '),
    terms: stricterApproval(own, decision.approval ?? {}, shorter, draft.run.revision),
  };
}

/** The same for a step, by its own words in the plan and by what policies said when its turn had come. */
export function stepApproval(draft: Draft, id: string): { why: string; terms: Approval } | undefined {
  const own = draft.spec(id).approval;
  const policy = draft.peek(id).policy;
  if (policy?.approval === undefined) return own.required ? { why: 'the step requires it', terms: own } : undefined;
  const base = own.required ? own : draft.run.plan.spec.approval;
  const required = own.required ? ['the step requires it'] : [];
  return {
    why: [...required, policy.why].join('; '),
    terms: stricterApproval(base, policy.approval, shorter, draft.run.revision),
  };
}

/** Whether the step has to be put to the policies (again): never decided, changed since, or decided too long ago. */
export function needsDecision(draft: Draft, id: string): boolean {
  if (!draft.run.policy) return false;
  const { policy } = draft.peek(id);
  return policy === undefined || policy.digest !== policyDigest(draft, id) || draft.at - policy.at > STALE_AFTER_MS;
}

function whyOf(rules: readonly DecidingRule[], id?: string): string {
  const asking = rules.filter(
    ({ verdict, step }) =>
      verdict === PolicyVerdict.approval && (id === undefined || step === undefined || step === id),
  );
  const lines = asking.map(({ rule, reason }) => `policy ${rule} (${reason})`);
  return [...new Set(lines)].join('; ').slice(0, 1500);
}

function shorter(a: string, b: string): string {
  return durationMs(b) < durationMs(a) ? b : a;
}
