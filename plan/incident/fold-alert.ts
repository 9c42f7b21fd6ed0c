import type { IncidentState } from './state';
import { Severity, type Alert } from './types';

/** Alerts kept whole; of those beyond, only that they fire. */
const MAX_ALERTS = 50;
const MAX_MORE = 2_000;

export type Folded = 'new' | 'again' | 'repeated' | 'resolved' | 'ignored';

/**
 * Takes one notification in; the same again changes nothing. Notifications may arrive late and out of order: a firing that
 * began before the alert's last resolution is an echo, and so is a resolution of an earlier firing.
 */
export function foldAlert(state: IncidentState, given: Alert): { state: IncidentState; folded: Folded } {
  const alert = bounded(given);
  const received = state.received + 1;
  const index = state.alerts.findIndex(({ fingerprint }) => fingerprint === alert.fingerprint);
  const known = state.alerts[index];
  if (known === undefined) return unknownAlert({ ...state, received }, alert);
  const order = Date.parse(alert.startsAt) - Date.parse(known.startsAt);
  const same = { state: { ...state, received }, folded: 'ignored' as Folded };
  if (order < 0) return same;
  if (order === 0 && known.status === 'resolved' && alert.status === 'firing') return same;
  if (order === 0 && known.status === alert.status) return { ...same, folded: 'repeated' };
  const alerts = state.alerts.with(index, alert);
  const folded = alert.status === 'resolved' ? 'resolved' : known.status === 'resolved' ? 'again' : 'repeated';
  return { state: { ...state, received, alerts }, folded };
}

/** Alerts are written by whoever writes rules; fifty of them must travel as one payload. */
function bounded(alert: Alert): Alert {
  const { labels, annotations, ...rest } = alert;
  return {
    ...rest,
    name: alert.name.slice(0, 200),
    labels: texts(labels, 32, 256),
    annotations: texts(annotations, 8, 512),
  };
}

function texts(given: Readonly<Record<string, string>>, count: number, chars: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given)
      .slice(0, count)
      .map(([key, value]) => [key.slice(0, 128), value.slice(0, chars)]),
  );
}

/** One that is not kept whole, or not known at all. */
function unknownAlert(state: IncidentState, alert: Alert): { state: IncidentState; folded: Folded } {
  const { [alert.fingerprint]: beyond, ...rest } = state.more;
  if (alert.status === 'resolved') {
    if (beyond !== undefined) return { state: { ...state, more: rest }, folded: 'resolved' };
    // Its firing was lost or came to somebody else; it tells that there was something.
    return state.alerts.length < MAX_ALERTS
      ? { state: { ...state, alerts: [...state.alerts, alert] }, folded: 'resolved' }
      : { state, folded: 'ignored' };
  }
  if (beyond !== undefined) return { state, folded: 'repeated' };
  if (state.alerts.length < MAX_ALERTS) return { state: { ...state, alerts: [...state.alerts, alert] }, folded: 'new' };
  const settled = state.alerts.findIndex(({ status }) => status === 'resolved');
  if (settled >= 0) return { state: { ...state, alerts: state.alerts.with(settled, alert) }, folded: 'new' };
  if (Object.keys(state.more).length >= MAX_MORE) return { state, folded: 'ignored' };
  return { state: { ...state, more: { ...state.more, [alert.fingerprint]: alert.startsAt } }, folded: 'new' };
}

export function firing(state: IncidentState): Alert[] {
  return state.alerts.filter(({ status }) => status === 'firing');
}

export function anyFiring(state: IncidentState): boolean {
  return firing(state).length > 0 || Object.keys(state.more).length > 0;
}

const ORDER: readonly Severity[] = [Severity.critical, Severity.warning, Severity.info, Severity.none];

/** The worst of those that fire; of all, when none does. */
export function severityOfIncident(state: IncidentState): Severity | undefined {
  const alerts = anyFiring(state) ? firing(state) : state.alerts;
  return ORDER.find((severity) => alerts.some((alert) => alert.severity === severity));
}

/** What the incident is called: its worst alert. */
export function titleOf(state: IncidentState): string {
  const worst = ORDER.flatMap((severity) => state.alerts.filter((alert) => alert.severity === severity));
  const [first] = [...worst, ...state.alerts];
  return first?.name ?? 'request';
}
