import { severityOfIncident } from './fold-alert';
import type { IncidentState } from './state';
import type { IncidentStatus } from './types';

export function incidentStatus(state: IncidentState): IncidentStatus {
  const { phase, outcome, reason, owner, fingerprint, alerts, received, attempts, remediation, investigation, why } =
    state;
  const severity = severityOfIncident(state);
  return {
    phase,
    ...(outcome && { outcome, reason }),
    owner,
    fingerprint,
    alerts,
    received,
    ...(severity && { severity }),
    attempts,
    ...(remediation?.id && { remediation: remediation.id }),
    ...(state.until !== undefined && { until: new Date(state.until).toISOString() }),
    ...(investigation && { analysis: investigation.analysis, rootCause: investigation.rootCause }),
    why,
    ...(state.result && { result: state.result }),
  };
}
