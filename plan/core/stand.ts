import { Outcome } from '../outcome';
import { RunPhase } from '../steering';
import type { Conclusion } from './conclude';
import type { Draft } from './draft';
import { finish } from './finish';
import { release } from './keep';
import { letStand } from './let-stand';
import type { RunState } from './state';
import { automaticUndo, stop } from './stop';

/** A sub-plan that has had its effect does not end: the plan around it may yet fail, and then wants it undone. */

/** Every step has ended, and none has stopped the run. */
export function finishWell(draft: Draft, { outcome, reason }: Conclusion): void {
  const { run, state } = draft;
  const acted = state.order.some((id) => draft.peek(id).acted !== 'no' && !draft.meta(id).readOnly);
  if (run.sub?.role !== 'run' || outcome !== Outcome.succeeded || !acted) return finish(draft, outcome, reason);
  state.conclusion = { outcome, reason };
  state.phase = RunPhase.standing;
  draft.fact('standing', `${reason}; undone if the plan around it wants it`);
  if (state.outerStops !== undefined) outerStops(draft, state.outerStops);
}

/**
 * The run around it stops, and this one with it, whatever it is at: like an abort, also after success. Nobody is asked once
 * more (rollbackStrategy manual); what a plan says not to undo (none) stays, and is named.
 */
export function outerStops(draft: Draft, { reason, undo }: NonNullable<RunState['outerStops']>): void {
  const { state } = draft;
  if (state.stop !== undefined) {
    if (state.stop.undo !== 'ask') return;
    state.stop = { ...state.stop, undo: undo ? 'now' : 'never' };
    state.approvals = [];
    return;
  }
  if (state.conclusion !== undefined && state.phase !== RunPhase.standing) {
    // It takes back its temporary effects right now; that comes first.
    state.outerStops = { reason, undo };
    release(draft, reason);
    return;
  }
  if (state.phase === RunPhase.standing && !undo) return letStand(draft);
  state.conclusion = undefined;
  const own = automaticUndo(draft);
  stop(draft, { kind: 'aborted', reason, undo: !undo || own === 'never' ? 'never' : 'now' });
}
