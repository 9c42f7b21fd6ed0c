import { waitLine } from './admit';
import { PolicyVerdict, type PolicyDecision } from '../policy/decision';
import type { PolicyView, Preview, RemediationStatus, StepPreview, StepView } from '../steering';
import type { ResolvedTarget } from '../step-io';
import { checkTexts } from './checks';
import { actionMeta, problemLine, stepSpec } from './draft';
import { openGrants } from './grant';
import type { GuardsHeld, RunContext, RunState } from './state';

/** Answer of the query `status`. */
export function statusOf(run: RunContext, state: RunState): RemediationStatus {
  const granted = openGrants(run, state);
  return {
    phase: state.phase,
    ...(state.outcome && { outcome: state.outcome }),
    ...((state.result?.reason ?? state.stop?.reason) && { reason: state.result?.reason ?? state.stop?.reason }),
    ...(state.digest && { digest: state.digest }),
    ...(state.policy && { policy: policyView(state.policy) }),
    steps: state.order.map((id) => stepView(run, state, id)),
    approvals: state.approvals,
    ...(granted.length > 0 && { granted }),
    ...(state.keepUntil !== undefined && { keepUntil: new Date(state.keepUntil).toISOString() }),
    ...(state.hold && { hold: state.hold }),
    ...(state.guards && { guards: guardsView(state.guards) }),
    left: state.left,
    problems: state.problems,
  };
}

function policyView({ verdict, mode, version, rules }: PolicyDecision): PolicyView {
  return { verdict, mode, version, rules };
}

function guardsView({ held, waiting }: GuardsHeld): RemediationStatus['guards'] {
  const line = waiting?.wait ? waitLine(waiting.scope, waiting.wait) : waiting?.scope;
  return { held: Object.keys(held), ...(waiting && { waiting: { scope: waiting.scope, why: line! } }) };
}

function stepView(run: RunContext, state: RunState, id: string): StepView {
  const step = state.steps[id]!;
  const meta = actionMeta(run, stepSpec(run, id).action);
  const readings = [step.evidence, ...(step.checks ?? []).map(({ evidence }) => evidence)].flatMap((evidence) =>
    evidence ? [evidence.summary] : [],
  );
  const detail = step.error ? problemLine(step.error) : readings.join('; ') || step.effect?.summary;
  const target = targetOf(run, state, id);
  return {
    id,
    action: meta.name,
    ...(target && { target }),
    status: step.status,
    ...(step.validation && { summary: step.validation.summary }),
    ...(detail && { detail }),
    risk: meta.risk,
    reversibility: meta.reversibility,
  };
}

/** Answer of the query `preview`. */
export function previewOf(run: RunContext, state: RunState): Preview {
  return {
    ...(state.digest && { digest: state.digest }),
    ...(state.policy && { policy: policyView(state.policy) }),
    steps: state.order.map((id) => stepPreview(run, state, id)),
  };
}

function stepPreview(run: RunContext, state: RunState, id: string): StepPreview {
  const step = state.steps[id]!;
  const spec = stepSpec(run, id);
  const meta = actionMeta(run, spec.action);
  const target = targetOf(run, state, id);
  const checks = checkTexts(run, state, id);
  const unknown = step.knownAfter.length > 0 ? `known after ${step.knownAfter.join(', ')}` : '';
  return {
    id,
    action: spec.action,
    ...(target && { target }),
    summary: step.validation?.summary ?? unknown,
    diff: step.validation?.diff ?? [],
    warnings: [step.validation, ...(step.checks ?? []).map(({ validation }) => validation)].flatMap(
      (validation) => validation?.warnings ?? [],
    ),
    ...(checks.length > 0 && { checks }),
    noEffect: step.validation?.noEffect ?? false,
    knownAfter: step.knownAfter,
    ...(step.after && { after: step.after }),
    risk: meta.risk,
    reversibility: meta.reversibility,
    approvalRequired:
      spec.approval.required ||
      run.plan.spec.approval.required ||
      step.validation?.approval !== undefined ||
      state.policy?.steps[id]?.verdict === PolicyVerdict.approval,
    ...(step.error && { problem: step.error }),
  };
}

function targetOf(run: RunContext, state: RunState, id: string): ResolvedTarget | undefined {
  const step = state.steps[id];
  return step?.validation?.target ?? step?.target ?? stepSpec(run, id).target;
}
