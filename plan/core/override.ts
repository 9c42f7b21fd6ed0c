import { digestOf, matchesDigest, shortDigest } from '../digest';
import type { JsonObject } from '../json';
import { StepStatus, type Problem } from '../outcome';
import type { ParamsChange } from '../steering';
import { hasTemplate } from '../template';
import { approvalKey } from './approval-key';
import { find, signedBy, use, whyNotCounted } from './approvals';
import { previewAgain } from './ask-again';
import { problemLine, type Draft } from './draft';
import { isHalfway } from './kill-switch';
import { accept, because, refuse } from './reply';
import type { Replaced, RunEvent } from './state';

type Override = Extract<RunEvent, { type: 'override' }>;

/**
 * Other params for steps that wait for approval, of the plan or their own. They are previewed and put to the policies; whoever
 * then approves the new digest approves them, and what was approved before counts no more. Params that cannot be, or that
 * policies deny, leave everything as it was.
 */
export function override(draft: Draft, event: Override): void {
  const { by, changes, reason, signature } = event;
  const ofPlan = isWaiting(draft, 'plan');
  const fault =
    whyNot(draft) ??
    whyNotMeant(draft, event) ??
    changes.map((change, index) => whyNotStep(draft, change, { changes, index, ofPlan })).find(Boolean);
  if (fault !== undefined) return refuse(draft, 'override_refused', by, fault);
  use(draft, signature);
  const lines = changes.map(
    ({ step, params }) => `${step}: ${brief(params)} instead of ${brief(paramsOf(draft, step))}`,
  );
  accept(
    draft,
    'overridden',
    by,
    `${lines.join('; ')}${because(reason)}${signedBy(signature)}; approve the digest of the new preview`,
  );
  const replaced = changes.map(({ step, params }) => replace(draft, step, { by, params }));
  const why = `${by} has changed the params of ${changes.map(({ step }) => step).join(', ')}`;
  if (ofPlan) {
    previewAgain(draft, why);
    draft.state.again = { why, replaced };
    return;
  }
  for (const each of replaced) tryAgain(draft, each.step, why, each);
}

function whyNot({ run, state }: Draft): string | undefined {
  if (state.stop) return `the remediation is already stopping (${state.stop.reason})`;
  if (state.again) return 'the plan is being previewed again: wait for its new digest';
  return run.sub
    ? 'what a sub-plan does was approved with the plan around it: it is not changed in between'
    : undefined;
}

/** Nobody changes what others are asked about in a name that is only claimed, nor what was not looked at. */
function whyNotMeant(draft: Draft, { changes, digest, signature }: Override): string | undefined {
  // A run of before goes on as it began.
  const fault = signature === undefined && draft.run.revision < 5 ? undefined : whyNotCounted(draft, signature);
  if (fault !== undefined || digest === undefined) return fault;
  const waiting = changes.flatMap(({ step }) => find(draft, `step:${step}`) ?? find(draft, 'plan') ?? []);
  // What waits for nobody is told for each step.
  if (waiting.length === 0 || waiting.some((pending) => matchesDigest(pending.digest, digest))) return undefined;
  const now = [...new Set(waiting.map((pending) => shortDigest(pending.digest)))].join(', ');
  return `digest ${digest.slice(0, 80)} is not what is waiting (${now}); look at the preview again`;
}

function whyNotStep(
  draft: Draft,
  { step: id, params }: ParamsChange,
  { changes, index, ofPlan }: { changes: readonly ParamsChange[]; index: number; ofPlan: boolean },
): string | undefined {
  const name = id.slice(0, 80);
  if (!(id in draft.state.steps)) {
    return `there is no step ${name}; there are ${draft.state.order.slice(0, 20).join(', ')}`;
  }
  if (changes.findIndex(({ step }) => step === id) < index) return `step ${name} is named twice`;
  const step = draft.peek(id);
  if (draft.spec(id).forEach !== undefined && step.parent === undefined) {
    return `step ${name} is run for each item: override the items (${name}/<n>) that wait for approval`;
  }
  if (draft.meta(id).childPlan) return `step ${name} runs a plan: its params are that plan`;
  if (hasTemplate(params)) return `the params of step ${name} hold a template: give the values themselves`;
  const open = ofPlan ? step.status === StepStatus.pending && !isHalfway(step) : isWaiting(draft, `step:${id}`);
  if (!open) return `step ${name} is ${step.status}: only params of what waits for approval can be changed`;
  return digestOf(params) === digestOf(paramsOf(draft, id)) ? `step ${name} has these params already` : undefined;
}

function isWaiting({ state }: Draft, key: string): boolean {
  return state.approvals.some(({ subject }) => approvalKey(subject) === key);
}

/** What the step is to run with; of templates, as they were written. */
function paramsOf(draft: Draft, id: string): JsonObject {
  const { params, override: changed } = draft.peek(id);
  return params ?? changed?.params ?? draft.spec(id).params;
}

function brief(params: JsonObject): string {
  const text = JSON.stringify(params);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

/** What is not rendered yet gets its params when it is. */
function replace(draft: Draft, id: string, changed: { by: string; params: JsonObject }): Replaced {
  const step = draft.step(id);
  const { params, override: before } = step;
  step.override = changed;
  if (params !== undefined) step.params = changed.params;
  return { step: id, by: changed.by, ...(params && { params }), ...(before && { override: before }) };
}

/** The step is previewed anew and asked about; `tried` goes back to what it was if it cannot be. */
function tryAgain(draft: Draft, id: string, why: string, tried?: Replaced): void {
  draft.state.approvals = draft.state.approvals.filter(({ subject }) => approvalKey(subject) !== `step:${id}`);
  Object.assign(draft.step(id), {
    ...{ status: StepStatus.pending, approved: undefined, validatedAt: undefined, error: undefined },
    ...{ askAgain: why, tried },
  });
}

/** The changed params of a step cannot be, or may not: as before, it waits for approval. false: they were not changed. */
export function stepNotOverridden(draft: Draft, id: string, failure: Problem): boolean {
  const { tried } = draft.peek(id);
  if (tried === undefined || draft.state.stop !== undefined || failure.code === 'CANCELLED') return false;
  tryAgain(draft, id, putBack(draft, tried, problemLine(failure)));
  return true;
}

/** The same for those of a plan: it is previewed as it was. */
export function planNotOverridden(draft: Draft, why: string): boolean {
  const { replaced = [] } = draft.state.again ?? {};
  const lines = replaced.map((each) => putBack(draft, each, why));
  if (lines.length === 0) return false;
  previewAgain(draft, [...new Set(lines)].join('; '));
  return true;
}

function putBack(draft: Draft, { step: id, by, params, override: before }: Replaced, why: string): string {
  Object.assign(draft.step(id), { params, override: before, error: undefined });
  const refusal = `the params that ${by} gave to step ${id} are refused: ${why}`;
  draft.fact('override_refused', refusal, { step: id, by });
  return refusal;
}
