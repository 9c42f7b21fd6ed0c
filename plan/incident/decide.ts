import { anyFiring, foldAlert } from './fold-alert';
import { conclude, endIfOver, notified } from './conclude';
import { IncidentDraft } from './draft';
import { afterAnswer, afterMatching, next, noAnswer } from './next';
import { describeOwner } from './question';
import { afterRemediation, settleWatch } from './outcome-of-attempt';
import { reopen } from './reopen';
import type { IncidentDecision, IncidentEvent, IncidentState } from './state';
import { IncidentOutcome, IncidentPhase, type IncidentOwner } from './types';

type Of<T extends IncidentEvent['type']> = Extract<IncidentEvent, { type: T }>;

/** Waiting at once; each may be large. */
const MAX_PUSHED = 3;

/**
 * The incident as a pure function of (state, event). Its promises, each held by random runs in the tests: nothing is done
 * without an answer that was read as typed recommendations; one remediation at a time, at most `attempts`, and from the second on
 * a person approves; after an abort nothing begins; severity changes no decision; every run ends.
 */
export function decideIncident(before: IncidentState, event: IncidentEvent): IncidentDecision {
  const draft = new IncidentDraft(before, event.at);
  if (before.phase === IncidentPhase.ended) return { state: before, commands: [], reply: ENDED };
  apply(draft, event);
  const { state, commands, reply } = draft;
  return { state, commands, ...(reply && { reply }) };
}

const ENDED = { accepted: false, message: 'the incident has ended' };

function apply(draft: IncidentDraft, event: IncidentEvent): void {
  switch (event.type) {
    case 'started':
      draft.set({ openedAt: event.at });
      return draft.command({ type: 'open' });
    case 'opened':
      return opened(draft, event);
    case 'alert':
      return alerted(draft, event);
    case 'recommendations':
      return pushed(draft, event);
    case 'investigate':
      return asked(draft, event);
    case 'abort':
      return abort(draft, event);
    case 'refused':
      return draft.fact(`${event.what}_refused`, event.message);
    case 'matched':
      return afterMatching(draft, event.playbooks);
    case 'investigated':
      return afterAnswer(draft, event.investigation);
    case 'investigation_failed':
      return noAnswer(draft, event.problem);
    case 'remediation_started':
      return remediationStarted(draft, event);
    case 'remediation_ended':
      return afterRemediation(draft, event.result);
    case 'watched':
      return watched(draft, event);
    case 'forwarded':
      return forwarded(draft, event);
    case 'forward_failed':
      // Better here than nowhere.
      draft.fact('not_joined', event.problem.message);
      draft.set({ joining: undefined, ownerResolved: true });
      return next(draft);
    case 'notified':
      return notified(draft, event);
    case 'tick':
      return tick(draft);
  }
}

function opened(draft: IncidentDraft, { settings, past, nextNumber, found }: Of<'opened'>): void {
  const { ownerResolved, owner } = draft.state;
  draft.set({ settings, past, nextNumber });
  if (found) draft.set({ objects: found.objects, findings: found.findings ?? [], changed: found.changed ?? false });
  for (const note of found?.notes ?? []) draft.fact('owner', note);
  if (found && !ownerResolved && !sameOwner(found.owner, owner)) {
    draft.fact('joining', `the alerts are about ${describeOwner(found.owner)}`);
    draft.set({ joining: found.owner });
    return forward(draft);
  }
  draft.set({ ownerResolved: true });
  next(draft);
}

function alerted(draft: IncidentDraft, { alert }: Of<'alert'>): void {
  const before = draft.state;
  const { state, folded } = foldAlert(before, alert);
  draft.set(state);
  if (folded === 'new' || folded === 'again') draft.fact('alert', `${alert.name} fires since ${alert.startsAt}`);
  if (folded === 'resolved') draft.fact('alert', `${alert.name} has resolved`);
  // What comes while others are on their way is handed on when those have arrived.
  if (state.joining) return;
  if (folded === 'new' || folded === 'again') return fires(draft);
  if (folded === 'resolved' && !anyFiring(state)) return quiet(draft);
}

function fires(draft: IncidentDraft): void {
  const { phase, watch } = draft.state;
  if (phase === IncidentPhase.watching) draft.set({ watch: { ...watch!, quietSince: undefined } });
  if (phase === IncidentPhase.suppressed) reopen(draft, 'an alert fires again');
}

/** No alert fires any more. What has not begun is not needed. */
function quiet(draft: IncidentDraft): void {
  const { phase, asking, questions, remediation } = draft.state;
  switch (phase) {
    case IncidentPhase.investigating:
      if (asking === 'holmesgpt' && questions.length === 0) draft.command({ type: 'cancel_investigation' });
      return;
    case IncidentPhase.remediating:
      if (remediation?.id !== undefined && questions.length === 0) withdraw(draft);
      return;
    case IncidentPhase.watching:
      draft.set({ watch: { ...draft.state.watch!, quietSince: draft.at } });
      return settleWatch(draft);
    case IncidentPhase.suppressed:
      return endIfOver(draft);
  }
}

function withdraw(draft: IncidentDraft): void {
  const { remediation } = draft.state;
  if (remediation?.id === undefined || remediation.withdrawn) return;
  draft.set({ remediation: { ...remediation, withdrawn: true } });
  draft.command({ type: 'withdraw', id: remediation.id, reason: 'the alerts have resolved' });
}

function remediationStarted(draft: IncidentDraft, { id, number }: Of<'remediation_started'>): void {
  const { remediation, aborting, attempts, questions, alerts } = draft.state;
  draft.set({
    remediation: { ...remediation!, id },
    nextNumber: number + 1,
    attempts: attempts.with(-1, { ...attempts.at(-1)!, remediation: id }),
  });
  draft.fact('remediation', id);
  if (aborting) draft.command({ type: 'abort_remediation', id, request: aborting });
  else if (alerts.length > 0 && questions.length === 0 && !anyFiring(draft.state)) withdraw(draft);
}

function pushed(draft: IncidentDraft, event: Of<'recommendations'>): void {
  const { pushed: before, phase } = draft.state;
  draft.fact('recommendations', `pushed by ${event.pushed.source}`, event.pushed.source);
  if (before.length >= MAX_PUSHED) return draft.fact('recommendations_refused', 'too many are waiting');
  draft.set({ pushed: [...before, event.pushed] });
  if (phase === IncidentPhase.suppressed) reopen(draft, `${event.pushed.source} recommends something`);
}

function asked(draft: IncidentDraft, { request }: Of<'investigate'>): void {
  draft.fact('investigate', request.question, request.by);
  draft.set({ questions: [...draft.state.questions, request].slice(-MAX_PUSHED) });
  if (draft.state.phase === IncidentPhase.suppressed) reopen(draft, `${request.by} asks`);
}

/** Works in every phase; what a remediation under way has done, it brings back itself. */
function abort(draft: IncidentDraft, { request }: Of<'abort'>): void {
  const { phase, remediation, aborting, asking } = draft.state;
  const reason = request.reason ? `: ${request.reason}` : '';
  if (aborting) {
    draft.reply = { accepted: false, message: `it is already being aborted by ${aborting.by}` };
    return;
  }
  draft.fact('abort', `aborted by ${request.by}${reason}`, request.by);
  draft.reply = { accepted: true, message: 'the incident is aborted' };
  draft.set({ aborting: request });
  switch (phase) {
    case IncidentPhase.investigating:
      if (asking === 'holmesgpt') draft.command({ type: 'cancel_investigation' });
      return;
    case IncidentPhase.remediating:
      if (remediation?.id) draft.command({ type: 'abort_remediation', id: remediation.id, request });
      return;
    case IncidentPhase.watching:
      return draft.command({ type: 'cancel_watch' });
    case IncidentPhase.suppressed:
      return endIfOver(draft);
  }
}

function watched(draft: IncidentDraft, { what, reading }: Of<'watched'>): void {
  const { watch } = draft.state;
  if (watch === undefined) return;
  draft.set({ watch: { ...watch, [what]: reading } });
  // It has not held; the other reading can only say how much.
  const open = draft.state.watch!.alert === undefined || draft.state.watch!.health === undefined;
  if (reading.is === 'bad' && open) draft.command({ type: 'cancel_watch' });
  settleWatch(draft);
}

function forward(draft: IncidentDraft): void {
  const { joining, alerts, questions, pushed } = draft.state;
  const arrivals = arrivalsOf(draft);
  draft.command({ type: 'forward', owner: joining!, alerts, questions, pushed, arrivals });
}

/** Those that came meanwhile follow; the other incident takes a repetition for what it is. */
function forwarded(draft: IncidentDraft, { arrivals }: Of<'forwarded'>): void {
  if (arrivalsOf(draft) > arrivals) return forward(draft);
  conclude(draft, IncidentOutcome.joined, `the alerts are about ${describeOwner(draft.state.joining!)}`);
}

function arrivalsOf({ state }: IncidentDraft): number {
  return state.received + state.questions.length + state.pushed.length;
}

function tick(draft: IncidentDraft): void {
  const { phase, until } = draft.state;
  if (until === undefined || draft.at < until) return;
  draft.set({ until: undefined });
  if (phase === IncidentPhase.watching) settleWatch(draft);
  if (phase === IncidentPhase.suppressed) endIfOver(draft);
}

function sameOwner(a: IncidentOwner, b: IncidentOwner): boolean {
  return (
    a.cluster === b.cluster && a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '')
  );
}
