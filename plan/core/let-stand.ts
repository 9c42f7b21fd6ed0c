import { RunPhase } from '../steering';
import type { Draft } from './draft';
import { finish } from './finish';

/** The run around a standing sub-plan has ended well, or nobody is there any more who could want it undone. */
export function letStand(draft: Draft): void {
  const { phase, conclusion } = draft.state;
  if (phase === RunPhase.standing && conclusion) finish(draft, conclusion.outcome, conclusion.reason);
}
