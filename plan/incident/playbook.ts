import type { JsonObject } from '../json';
import type { Alert, IncidentOwner } from './types';

/** A plan template of the operators' own: what is done about alerts of a kind, without anybody being asked what is wrong. */
export interface Playbook {
  name: string;
  description: string;
  /** CEL over `alert` (name, labels, severity) and `target` (cluster, kind, namespace, name); true: it is meant. */
  match: string;
  /** `none`: the plan runs without a person, as far as policy and actions allow. */
  approval: 'required' | 'none';
  /** As in a plan; instead of a target, one of {@link PLACES}; in params, `{ fromLabel: NAME }` stands for a label of the alert. */
  steps: JsonObject[];
}

/** `owner`: the incident's object · `pod`, `node`: the one that the alert's label names. */
export const PLACES = ['owner', 'pod', 'node'] as const;

/** A playbook that fits an alert, ready to be carried out. */
export interface MatchedPlaybook {
  name: string;
  approval: Playbook['approval'];
  steps: JsonObject[];
}

/** What the CEL of a playbook sees. Labels are texts of others: they are compared, never rendered. */
export function playbookVariables(alert: Alert, owner: IncidentOwner): JsonObject {
  const { cluster, kind, namespace = '', name } = owner;
  return {
    alert: { name: alert.name, labels: alert.labels, severity: alert.severity ?? '' },
    target: { cluster, kind, namespace, name },
  };
}
