import type { PastRemediation } from '../investigation';
import type { NoticeDelivery } from './activity-io';
import type { IncidentDraft } from './draft';
import { anyFiring } from './fold-alert';
import { incidentOf } from './identity';
import { escalationNotice } from './notice';
import type { IncidentState } from './state';
import { IncidentOutcome, IncidentPhase, type IncidentResult } from './types';

const MAX_PAST = 10;

/** The incident has its outcome. It stays open for a while, so that what comes back at once is known for what it is. */
export function conclude(draft: IncidentDraft, outcome: IncidentOutcome, reason: string): void {
  draft.set({
    phase: IncidentPhase.suppressed,
    outcome,
    reason,
    watch: undefined,
    asking: undefined,
    asked: undefined,
  });
  draft.set({ questions: [], pushed: [] });
  draft.fact(outcome, reason);
  draft.set({ until: draft.at + cooldownOf(draft.state) });
  if (outcome === IncidentOutcome.escalated) callPerson(draft);
  endIfOver(draft);
}

/** An escalation that nobody hears of is none. What comes of it changes nothing else. */
function callPerson(draft: IncidentDraft): void {
  const { settings, notifying = 0 } = draft.state;
  if (!settings?.notify) return;
  draft.set({ notifying: notifying + 1 });
  draft.command({ type: 'notify', notice: escalationNotice(draft.state, draft.now) });
}

export function notified(draft: IncidentDraft, { told, summary }: NoticeDelivery): void {
  const { notifying = 1, phase } = draft.state;
  draft.set({ notifying: notifying > 1 ? notifying - 1 : undefined });
  draft.fact(told ? 'notified' : 'not_notified', summary);
  if (phase === IncidentPhase.suppressed) endIfOver(draft);
}

/** Ends the run when its time is over, or nothing is to be waited for. */
export function endIfOver(draft: IncidentDraft): void {
  const { outcome, aborting, settings, until = 0 } = draft.state;
  const failed = outcome === IncidentOutcome.escalated || outcome === IncidentOutcome.aborted;
  // Alerts that went away after a person was called: no need to hold out for the whole hour.
  const soon = draft.at + (settings?.cooldownMs ?? 0);
  if (failed && !anyFiring(draft.state) && soon < until) draft.set({ until: soon });
  const abandoned = aborting !== undefined && outcome !== IncidentOutcome.aborted;
  // Its answer would come to a run that is gone.
  if (draft.state.notifying !== undefined) return;
  if (!abandoned && draft.at < (draft.state.until ?? 0)) return;
  draft.set({ phase: IncidentPhase.ended, until: undefined, result: resultOf(draft.state) });
}

export function resultOf(state: IncidentState): IncidentResult {
  const { outcome, reason = '', owner, alerts, attempts, joining, until, last } = state;
  return {
    outcome: outcome ?? IncidentOutcome.escalated,
    reason,
    owner,
    alerts: alerts.map(({ name, status, startsAt }) => ({ name, status, startsAt })),
    attempts,
    ...(joining && { joined: incidentOf(joining).workflowId }),
    ...(until !== undefined && { suppressUntil: new Date(until).toISOString() }),
    past: pastOf(state),
    ...(last && { remediation: { outcome: last.outcome, reason: last.reason, left: last.left } }),
  };
}

/** Newest first. */
export function pastOf({ attempts, past }: IncidentState): PastRemediation[] {
  const own = attempts.flatMap(({ endedAt, outcome, steps, held, effectiveness }): PastRemediation[] =>
    endedAt === undefined || outcome === undefined
      ? []
      : [
          {
            at: endedAt,
            outcome,
            steps,
            ...(held !== undefined && { held }),
            ...(effectiveness && { score: effectiveness.score }),
          },
        ],
  );
  return [...own.reverse(), ...past].slice(0, MAX_PAST);
}

function cooldownOf({ outcome, settings }: IncidentState): number {
  switch (outcome) {
    case IncidentOutcome.resolved:
      return settings?.cooldownMs ?? 0;
    case IncidentOutcome.escalated:
    case IncidentOutcome.aborted:
      return settings?.cooldownAfterFailureMs ?? 0;
    default:
      return 0;
  }
}
