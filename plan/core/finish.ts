import type { JsonObject } from '../json';
import type { CheckResult, Outcome, RemediationResult, StepResult } from '../outcome';
import type { Validation } from '../step-io';
import { RunPhase } from '../steering';
import { checkTexts } from './checks';
import type { Draft } from './draft';
import { releaseGuards } from './release';

/** The run has ended; nothing happens after this. */
export function finish(draft: Draft, outcome: Outcome, reason: string): void {
  const { state } = draft;
  state.phase = RunPhase.ended;
  state.outcome = outcome;
  state.approvals = [];
  state.result = { ...resultOf(draft, outcome, reason) };
  releaseGuards(draft);
  draft.fact('ended', `${outcome}: ${reason}`);
}

function resultOf(draft: Draft, outcome: Outcome, reason: string): RemediationResult {
  const { state } = draft;
  return {
    outcome,
    reason,
    dryRun: draft.run.plan.spec.dryRun,
    ...(state.digest && { digest: state.digest }),
    steps: state.order.map((id) => stepResult(draft, id)),
    undone: state.undone,
    left: state.left,
    problems: state.problems,
  };
}

function stepResult(draft: Draft, id: string): StepResult {
  const step = draft.peek(id);
  const texts = checkTexts(draft.run, draft.state, id);
  const checks = (step.checks ?? []).flatMap(({ evidence, validation }, index): CheckResult[] => {
    const before = readingBefore(validation);
    return evidence ? [{ what: texts[index]!, evidence, ...(before && { before }) }] : [];
  });
  return {
    id,
    action: draft.spec(id).action,
    status: step.status,
    ...(step.validation && { summary: step.validation.summary }),
    ...(step.effect && { effect: step.effect }),
    ...(step.evidence && { evidence: step.evidence }),
    ...(checks.length > 0 && { checks }),
    ...(step.error && { error: step.error }),
  };
}

/** Plugins may bring conditions that say nothing of it. */
function readingBefore(validation: Validation | undefined): CheckResult['before'] {
  const { holds, reading } = (validation?.before ?? {}) as JsonObject;
  return typeof holds === 'boolean' && typeof reading === 'string' ? { holds, reading } : undefined;
}
