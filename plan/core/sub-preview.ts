import { digestOf } from '../digest';
import type { GuardAct } from '../guard/model';
import { actsIn, guardsOf } from '../guard/needs';
import { RollbackStrategy } from '../model';
import { StepStatus } from '../outcome';
import type { SubPlanPreview, SubPlanStands } from '../sub-plan';
import { Draft } from './draft';
import { planApproval } from './policy';
import { nothingToDo } from './prepare';
import type { RunContext, RunState } from './state';
import { canUndo } from './undo';
import { previewOf } from './views';

/** All of it becomes part of the state of the run around it, which has to travel. */
const MAX_DIFF_CHARS = 48 * 1024;
const MAX_FINGERPRINT_CHARS = 500;
const MAX_STEPS_TOLD = 100;

/** What the run around a sub-plan learns from its dry run. */
export function subPreviewOf(run: RunContext, state: RunState): SubPlanPreview {
  let room = MAX_DIFF_CHARS;
  const all = previewOf(run, state).steps;
  const steps = all.map(({ id, summary, diff, warnings, noEffect }) => {
    room -= JSON.stringify(diff).length + JSON.stringify(warnings).length;
    return { id, summary, diff: room < 0 ? [] : diff, warnings: room < 0 ? [] : warnings, noEffect };
  });
  const needs = run.guards === undefined ? [] : guardsOf(run, state);
  return {
    digest: state.digest ?? '',
    steps,
    shortened: room < 0,
    nothingToDo: nothingToDo(new Draft(run, state, 0)),
    guards: needs.map((scope) => ({ scope, acts: actsIn(run, state, scope).map(({ act }) => short(act)) })),
    asks: planApproval(new Draft(run, state, 0)) !== undefined || all.some(({ approvalRequired }) => approvalRequired),
  };
}

function short(act: GuardAct): GuardAct {
  if (act.fingerprint.length <= MAX_FINGERPRINT_CHARS) return act;
  return { ...act, fingerprint: `${act.action} ${digestOf(act.fingerprint)}` };
}

/** What a sub-plan says to the run around it when it has had its effect. */
export function standsOf(run: RunContext, state: RunState, id: string): SubPlanStands {
  const draft = new Draft(run, state, 0);
  const steps = state.order.slice(0, MAX_STEPS_TOLD).map((step) => {
    const { status, effect, validation, evidence } = draft.peek(step);
    const summary = effect?.summary ?? validation?.summary;
    return {
      id: step,
      status,
      ...(summary && { summary: summary.slice(0, 200) }),
      ...(evidence && { evidence: evidence.summary.slice(0, 200) }),
    };
  });
  const irreversible = state.order.flatMap((step) => staying(draft, step)).slice(0, MAX_STEPS_TOLD);
  return { id, reason: state.conclusion?.reason ?? '', steps, irreversible };
}

/** What no undo of the whole would take back. */
function staying(draft: Draft, id: string): string[] {
  const { acted, status, effect, beyondUndo, validation } = draft.peek(id);
  if (acted === 'no' || draft.meta(id).readOnly) return [];
  const named = (effect?.irreversible ?? beyondUndo ?? []).map((what) => `${id}: ${what}`);
  const kept = draft.run.plan.spec.rollbackStrategy === RollbackStrategy.none || !canUndo(draft, id);
  if (named.length > 0 || status === StepStatus.undone || !kept) return named;
  return [`${id}: ${effect?.summary ?? validation?.summary ?? draft.spec(id).action}`];
}
