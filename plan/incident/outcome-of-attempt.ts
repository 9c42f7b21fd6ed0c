import { Outcome, type RemediationResult } from '../outcome';
import { conclude } from './conclude';
import type { IncidentDraft } from './draft';
import { anyFiring, firing } from './fold-alert';
import { effectiveness, failureSignature, hasSucceeded, measuredBy, vainSignature } from './judge';
import { next } from './next';
import type { IncidentState, Reading } from './state';
import { IncidentOutcome, IncidentPhase, type IncidentAttempt } from './types';

const NOT_KNOWN: Reading = { is: 'unknown', detail: '' };

/** Ends of a remediation that a person decided, or must look at, so that no other attempt follows. */
const FOR_A_PERSON: readonly string[] = [Outcome.rejected, Outcome.expired, Outcome.rollbackFailed];

export function afterRemediation(draft: IncidentDraft, result: RemediationResult): void {
  const { remediation, aborting } = draft.state;
  const { outcome, reason } = result;
  draft.set({ remediation: undefined, last: result });
  draft.fact('remediated', `${outcome}: ${reason}`);
  change(draft, { outcome, reason, measured: measuredBy(result) });
  if (hasSucceeded(result) && !aborting) return startWatch(draft);
  change(draft, { endedAt: draft.now, held: false });
  if (aborting) return next(draft);
  if (outcome === Outcome.aborted && remediation?.withdrawn) return next(draft);
  if (outcome === Outcome.aborted) return conclude(draft, IncidentOutcome.aborted, `its remediation was ${reason}`);
  if (FOR_A_PERSON.includes(outcome)) return conclude(draft, IncidentOutcome.escalated, `${outcome}: ${reason}`);
  tryAgain(draft, failureSignature(remediation!.document, result), `the remediation ended as ${outcome}: ${reason}`);
}

export function startWatch(draft: IncidentDraft): void {
  const { settings, alerts } = draft.state;
  const { soakMs, resolveWithinMs: withinMs } = settings!;
  const quiet = anyFiring(draft.state) ? {} : { quietSince: draft.at };
  const deadline = draft.at + withinMs + soakMs;
  draft.set({ phase: IncidentPhase.watching, watch: { since: draft.at, deadline, ...quiet } });
  draft.command({ type: 'watch_health', soakMs, withinMs });
  if (alerts.length > 0) draft.command({ type: 'watch_alerts', alerts, soakMs, withinMs });
  else draft.set({ watch: { ...draft.state.watch!, alert: NOT_KNOWN } });
}

/** Both readings must be there, even after an abort: nothing is left under way. */
export function settleWatch(draft: IncidentDraft): void {
  const { watch, aborting, settings } = draft.state;
  if (watch?.alert === undefined || watch.health === undefined) return;
  if (aborting) {
    change(draft, { endedAt: draft.now });
    return next(draft);
  }
  const { alert, health, deadline, quietSince, since } = watch;
  if (health.is === 'bad') return judged(draft, alert, health);
  if (alert.is !== 'unknown') {
    if (alert.is === 'good') draft.set({ alerts: resolvedBefore(draft.state, since) });
    const others = firing(draft.state).map(({ name }) => name);
    const bad = { is: 'bad' as const, detail: `${others.join(', ')} fires since the remediation` };
    return judged(draft, alert.is === 'good' && others.length > 0 ? bad : alert, health);
  }
  // Nobody to ask: what the notifications say must do.
  if (quietSince !== undefined && draft.at >= quietSince + settings!.soakMs) {
    const detail = `no alert fires since ${new Date(quietSince).toISOString()}, by the notifications`;
    return judged(draft, draft.state.alerts.length > 0 ? { is: 'good', detail } : alert, health);
  }
  if (draft.at >= deadline) return judged(draft, { is: 'bad', detail: 'the alerts did not resolve in time' }, health);
  draft.set({ until: quietSince === undefined ? deadline : quietSince + settings!.soakMs });
}

function judged(draft: IncidentDraft, alert: Reading, health: Reading): void {
  const { last, document, settings } = draft.state;
  const held = alert.is !== 'bad' && health.is !== 'bad';
  const score = effectiveness(last!, alert.is, health.is);
  const read = [alert, health].flatMap(({ detail }) => (detail === '' ? [] : [detail]));
  change(draft, {
    held,
    endedAt: draft.now,
    measured: [...draft.state.attempts.at(-1)!.measured, ...read],
    ...(score && { effectiveness: score }),
  });
  draft.fact(held ? 'held' : 'not_held', read.join('; '));
  if (held) {
    const what = draft.state.alerts.length > 0 ? 'all alerts resolved and stayed so' : 'it was done and stayed so';
    return conclude(draft, IncidentOutcome.resolved, `${what} for ${settings!.soakMs / 1000} s`);
  }
  const names = firing(draft.state).map(({ name }) => name);
  tryAgain(draft, vainSignature(document!, names), `it was done, and did not hold: ${read.join('; ')}`);
}

/** The same failure twice is for a person. */
function tryAgain(draft: IncidentDraft, signature: string, reason: string): void {
  const { signatures } = draft.state;
  draft.set({ signatures: [...signatures, signature] });
  if (signatures.includes(signature)) {
    return conclude(draft, IncidentOutcome.escalated, `twice in the same way: ${reason}`);
  }
  next(draft);
}

/** Alertmanager itself says that they are gone; its notification comes when its group's turn is. */
function resolvedBefore({ alerts }: IncidentState, since: number): IncidentState['alerts'] {
  return alerts.map((alert) =>
    alert.status === 'firing' && Date.parse(alert.received) <= since
      ? { ...alert, status: 'resolved' as const }
      : alert,
  );
}

function change(draft: IncidentDraft, fields: Partial<IncidentAttempt>): void {
  const { attempts } = draft.state;
  draft.set({ attempts: attempts.with(-1, { ...attempts.at(-1)!, ...fields }) });
}
