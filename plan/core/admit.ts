import { durationMs } from '../duration';
import type { GuardRequest, WaitView } from '../guard/model';
import { actsIn, guardsOf, guardsOfStep } from '../guard/needs';
import { limitsOf } from '../guard/scopes';
import { Outcome, StepStatus } from '../outcome';
import { RunPhase } from '../steering';
import { Draft, problem } from './draft';
import { finish } from './finish';
import { LOOKED_BEFORE_MS, STALE_AFTER_APPROVAL_MS } from './limits';
import type { Command, GuardsHeld, RunContext, RunEvent, RunState } from './state';
import { automaticUndo, stepFailed, stop } from './stop';

/** How long a step waits for a guard that was not known when the run was admitted: it may hold what the other one waits for. */
const LATE_WAIT_MS = 60_000;

const priorities: Readonly<Record<string, number>> = { critical: 3, high: 2, warning: 1, normal: 1, low: 0, info: 0 };

/** The plan may go: it takes its guards first, one after the other in canonical order. */
export function seekAdmission(draft: Draft): void {
  const { run, state } = draft;
  if (run.guards === undefined || guardsOf(run, state).length === 0) {
    state.phase = RunPhase.running;
    return;
  }
  state.phase = RunPhase.admitting;
  state.guards = { held: {}, ...state.guards, since: draft.at };
}

/** Asks for the next guard, or goes on when all are held. */
export function settleAdmission(draft: Draft): void {
  const { run, state } = draft;
  const guards = state.guards;
  if (guards === undefined || guards.waiting !== undefined) return;
  const next = guardsOf(run, state).find((scope) => grantOf(draft, scope) === undefined);
  if (next !== undefined) return ask(draft, guards, next);
  state.phase = RunPhase.running;
  const held = [...Object.keys(guards.held), ...Object.keys(run.sub?.guards ?? {})];
  draft.fact('admitted', `holds ${held.join(', ')}`);
  if (draft.at - guards.since > STALE_AFTER_APPROVAL_MS) {
    for (const id of state.order) if (draft.peek(id).validatedAt !== undefined) draft.step(id).validatedAt = undefined;
  }
}

/** Whether the step holds what it needs. One whose target became known only now asks for its guards here; it stays pending until then. */
export function isCovered(draft: Draft, id: string): boolean {
  const { run, state } = draft;
  const { guards } = state;
  if (guards === undefined || draft.meta(id).readOnly) return true;
  const needed = guardsOfStep(run, state, id);
  const missing = needed.find((scope) => grantOf(draft, scope) === undefined);
  if (missing !== undefined) {
    if (guards.waiting === undefined) ask(draft, guards, missing, id);
    return false;
  }
  if (isTaken(draft, id, needed)) return false;
  draft.step(id).guards = needed.map((scope) => ({ scope, ...grantOf(draft, scope)! }));
  return true;
}

/** The run holds its guards as a whole; among its own steps, too, one at a time acts under each. The next comes when that one ends. */
function isTaken({ state }: Draft, id: string, needed: readonly string[]): boolean {
  return state.order.some((other) => {
    const { status, guards = [] } = state.steps[other]!;
    const acts = status === StepStatus.executing || status === StepStatus.verifying;
    return other !== id && acts && guards.some(({ scope }) => needed.includes(scope));
  });
}

/** The run's own, or that of the run around this sub-plan; never both: what is held there is not asked for here. */
function grantOf({ run, state }: Draft, scope: string): { token: number; holder?: string } | undefined {
  const token = state.guards?.held[scope];
  return token === undefined ? run.sub?.guards?.[scope] : { token };
}

function ask(draft: Draft, guards: GuardsHeld, scope: string, step?: string): void {
  draft.state.guards = { ...guards, waiting: { scope, since: draft.at, ...(step !== undefined && { step }) } };
  draft.command({ type: 'acquire', scope, request: requestOf(draft, scope, step !== undefined) });
}

function requestOf({ run, state }: Draft, scope: string, late: boolean): Omit<GuardRequest, 'holder' | 'runId'> {
  const settings = run.guards!;
  const { metadata, spec } = run.plan;
  const { onBusy = settings.onBusy, maxWait, priority, breakGlass } = spec.guards ?? {};
  const maxWaitMs = maxWait === undefined ? settings.maxWaitMs : durationMs(maxWait);
  return {
    acts: actsIn(run, state, scope).map(({ act }) => act),
    priority: priorities[priority ?? metadata.labels?.['severity'] ?? 'normal'] ?? 1,
    ...(breakGlass !== undefined && { breakGlass }),
    onBusy,
    maxWaitMs: late ? Math.min(LATE_WAIT_MS, maxWaitMs) : maxWaitMs,
    limits: limitsOf(scope, settings),
  };
}

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

export function guardGranted(draft: Draft, { scope, token, actedAt }: Of<'guard_granted'>): void {
  const { guards } = draft.state;
  if (guards?.waiting?.scope !== scope) return;
  const { waiting: _, ...rest } = guards;
  if (isAsking(draft)) {
    draft.state.guards = rest;
    return draft.command({ type: 'release', releases: [{ scope, token, acts: [] }] });
  }
  draft.state.guards = { ...rest, held: { ...rest.held, [scope]: token } };
  if (actedAt !== undefined) lookAgain(draft, scope, actedAt);
}

/** People are asked again, so that nothing is to be held. */
function isAsking({ state: { phase } }: Draft): boolean {
  return phase === RunPhase.preparing || phase === RunPhase.awaitingApproval;
}

/** Who held the guard before may have changed what was previewed: the steps concerned are validated again. */
function lookAgain(draft: Draft, scope: string, actedAt: number): void {
  for (const id of draft.state.order) {
    const { status, validatedAt } = draft.peek(id);
    if (status !== StepStatus.pending || validatedAt === undefined) continue;
    if (validatedAt > actedAt + LOOKED_BEFORE_MS || !guardsOfStep(draft.run, draft.state, id).includes(scope)) continue;
    draft.step(id).validatedAt = undefined;
  }
}

export function guardQueued(draft: Draft, { scope, wait }: Of<'guard_queued'>): void {
  const { guards } = draft.state;
  if (guards?.waiting?.scope !== scope) return;
  draft.state.guards = { ...guards, waiting: { ...guards.waiting, wait } };
  draft.fact('waiting', waitLine(scope, wait));
}

/** In words: why, behind whom, until when. */
export function waitLine(scope: string, { position, why, behind, until, deadline }: WaitView): string {
  const back = behind.length > 3 ? `${behind.slice(0, 3).join(', ')} and ${behind.length - 3} more` : behind.join(', ');
  const order = behind.length > 0 ? `, number ${position} behind ${back}` : '';
  return `${scope}: ${why}${order}${until ? `; until ${until}` : ''}; refused after ${deadline}`;
}

export function guardRefused(draft: Draft, { scope, reason }: Of<'guard_refused'>): void {
  const { guards } = draft.state;
  if (guards?.waiting?.scope !== scope) return;
  const { waiting, ...rest } = guards;
  draft.state.guards = rest;
  const refusal = problem('GUARD_REFUSED', `${scope}: ${reason}`);
  draft.fact('refused_by_guard', refusal.message);
  // A run that stops by now ends for its own reason; one that asks people again will ask the guard again, too.
  if (draft.state.stop !== undefined || isAsking(draft)) return;
  if (waiting.step !== undefined) return stepFailed(draft, waiting.step, refusal);
  draft.state.problems.push(refusal);
  finish(draft, Outcome.blocked, `not admitted: ${refusal.message}`);
}

/** Somebody took the guard away: nothing new is begun, and what was done is undone as after any failure. */
export function guardLost(draft: Draft, { scope, token, reason }: Of<'guard_lost'>): void {
  const { guards } = draft.state;
  if (guards?.held[scope] !== token) return;
  const { [scope]: _, ...held } = guards.held;
  draft.state.guards = { ...guards, held };
  const loss = problem('GUARD_LOST', `${scope}: ${reason}`);
  draft.state.problems.push(loss);
  draft.fact('guard_lost', loss.message);
  stop(draft, { kind: 'failure', reason: `lost the guard ${loss.message}`, undo: automaticUndo(draft) });
}

/** What a run that waits for a guard has asked: asked again when it continues as new, since the answer may have got lost. */
export function openRequest(run: RunContext, state: RunState, at: number): Command | undefined {
  const waiting = state.guards?.waiting;
  if (waiting === undefined) return undefined;
  const request = requestOf(new Draft(run, state, at), waiting.scope, waiting.step !== undefined);
  return { type: 'acquire', scope: waiting.scope, request };
}
