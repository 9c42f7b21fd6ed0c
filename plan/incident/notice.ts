import { untrustedLine, untrustedText } from '../investigation/untrusted-text';
import type { JsonObject } from '../json';
import type { EscalationNotice } from './activity-io';
import { severityOfIncident, titleOf } from './fold-alert';
import { describeOwner } from './question';
import type { IncidentState } from './state';
import { Severity, type IncidentAttempt } from './types';

/** Of a notification: an incident of no known severity still needs a person. */
const SEVERITY: Record<Severity, string> = { critical: 'critical', warning: 'warning', info: 'info', none: 'warning' };
/** Longest name of a namespace; what is longer comes from a label that names none. */
const MAX_NAMESPACE = 63;

/** What a person is told about an incident that needs one: why, what was tried, and where to look. */
export function escalationNotice(state: IncidentState, at: string): EscalationNotice {
  const { id, owner, reason = '', attempts, investigation, alerts } = state;
  const { cluster, namespace } = owner;
  const lines = [
    reason,
    ...(investigation?.rootCause ? [`HolmesGPT: ${untrustedLine(investigation.rootCause, 500)}`] : []),
    ...attempts.map(attemptLine),
    `kubernaut incident show ${id}`,
  ];
  const params: JsonObject = {
    severity: SEVERITY[severityOfIncident(state) ?? Severity.none],
    title: untrustedLine(`A person is needed: ${titleOf(state)} on ${describeOwner(owner)}`, 190),
    text: untrustedText(lines.join('\n'), 3900),
    fields: {
      incident: untrustedLine(id, 490),
      ...(alerts.length > 0 && { alerts: untrustedLine([...new Set(alerts.map(({ name }) => name))].join(', '), 490) }),
    },
    ...(namespace !== undefined && namespace.length <= MAX_NAMESPACE && { namespace }),
  };
  return { operationId: `${id}/escalation/${at}`, cluster, params };
}

function attemptLine({ number, source, steps, outcome, held }: IncidentAttempt): string {
  const lasted = held === false && outcome === 'succeeded' ? ', and did not hold' : '';
  return untrustedLine(`Attempt ${number} (${source}): ${steps.join(', ')}: ${outcome ?? 'not ended'}${lasted}`, 400);
}
