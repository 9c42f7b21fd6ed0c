import { digestOf } from '../digest';
import type { IncidentInput, IncidentOwner } from './types';

export interface IncidentIdentity {
  /** `incident/<cluster>/<ns>/<kind>/<name>`; `-` stands for the namespace of an object that has none. */
  workflowId: string;
  /** `sha256:…` of cluster, namespace, kind and name of the owner. */
  fingerprint: string;
  input: IncidentInput;
}

/** The incident that everything about this object belongs to. Equal owners give equal ids, whoever computes them. */
export function incidentOf(owner: IncidentOwner): IncidentIdentity {
  const { cluster, namespace, kind, name } = owner;
  const fingerprint = digestOf({ cluster, namespace: namespace ?? '', kind, name });
  return {
    workflowId: `incident/${cluster}/${namespace ?? '-'}/${kind}/${name}`,
    fingerprint,
    input: { owner: { cluster, kind, ...(namespace && { namespace }), name }, fingerprint },
  };
}

/** The owner in the id of an incident; undefined when it is no such id. */
export function ownerOfIncidentId(id: string): IncidentOwner | undefined {
  const [type, cluster, namespace, kind, name, ...more] = id.split('/');
  if (type !== 'incident' || !cluster || !namespace || !kind || !name || more.length > 0) return undefined;
  return { cluster, kind, ...(namespace !== '-' && { namespace }), name };
}

/** Alertmanager's fingerprint where the alert has none: of its labels, which are what identifies an alert. */
export function alertFingerprint(labels: Readonly<Record<string, string>>): string {
  return digestOf(labels).slice('sha256:'.length, 'sha256:'.length + 16);
}
