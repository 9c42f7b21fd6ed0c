import type { IncidentStatus } from '../../../../plan/incident';
import type { IncidentLab } from '../incident-lab';

/** A fault as it is staged for a playbook, and how one knows by reading the cluster that it is over. */
export interface Scenario {
  title: string;
  /** Of the shipped playbooks: the one that should be carried out. */
  playbook: string;
  stage(place: Place): Promise<Staged>;
}

/** Where a scenario stages its fault. */
export interface Place {
  lab: IncidentLab;
  /** Of the incident's namespace; unique. */
  namespace: string;
  /** Unique; for the objects of the scenario. */
  name: string;
  /** Afterwards, in reverse order. */
  defer(cleanUp: () => Promise<unknown>): void;
}

export interface Staged {
  /** Labels of the alerts that fire, `alertname` among them. */
  alerts: Record<string, string>[];
  /** What others do meanwhile: a kubelet, a storage driver, whoever drains a node. Runs from the approval on. */
  play?(): Promise<unknown>;
  /** What the cluster itself says once the remediation has succeeded, read with kubectl; throws or is awaited until it holds. */
  healthy(): Promise<void>;
  /** After the alert has resolved. */
  ended?(status: IncidentStatus): Promise<void>;
  /** Default `resolved`. */
  outcome?: 'escalated';
}
