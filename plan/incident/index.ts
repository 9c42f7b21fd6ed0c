/** From alerts to a closed incident: what the outside sends and reads, and the decisions. */
export * from './names';
export * from './types';
export * from './activity-io';
export * from './settings';
export { alertFingerprint, incidentOf, ownerOfIncidentId, type IncidentIdentity } from './identity';
export { ownerOfAlert, severityOf, workloadOfPod } from './owner-of-alert';
export type { FoundOwner, Reading } from './state';
