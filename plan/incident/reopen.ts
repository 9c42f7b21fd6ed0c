import type { IncidentDraft } from './draft';
import { anyFiring } from './fold-alert';
import { next } from './next';
import { IncidentOutcome } from './types';

/**
 * A success that did not last goes on where it was: its attempts count, and a person is asked from now on. What went to a
 * person stays there until somebody asks anew; alerts alone change nothing.
 */
export function reopen(draft: IncidentDraft, why: string): void {
  const { outcome, attempts, aborting, questions, pushed } = draft.state;
  const asked = questions.length > 0 || pushed.length > 0;
  if (aborting || (outcome !== IncidentOutcome.resolved && !asked)) return;
  draft.fact('reopened', why);
  const lasted = outcome === IncidentOutcome.resolved && anyFiring(draft.state) && attempts.length > 0;
  if (lasted) draft.set({ attempts: attempts.with(-1, { ...attempts.at(-1)!, held: false }) });
  draft.set({ outcome: undefined, reason: undefined });
  next(draft);
}
