import type { JsonObject } from '../json';
import type { Alert, IncidentOwner } from './types';

/** A plan template of the operators' own: what is done about alerts of a kind, without anybody being asked what is wrong. */
export interface Playbook {
  name: string;
  description: string;
  /** CEL over `alert` (name, labels, severity) and `target` (cluster, kind, namespace, name, changed); true: it is meant. */
  match: string;
  /** `none`: the plan runs without a person, as far as policy and actions allow. */
  approval: 'required' | 'none';
  /** A duration: not when one of its actions was done to the same object so recently. */
  once?: string;
  /** Instead of steps: why a person is called at once. */
  escalate?: string;
  /**
   * As in a plan; instead of a target, one of {@link PLACES} or {@link PlaybookTarget}; in params, `{ fromLabel: NAME }` stands
   * for a label of the alert, and `{ fromTarget: 'name' }` for the name of the step's target.
   */
  steps: JsonObject[];
}

/** `owner`: the incident's object · `pod`, `node`: the one that the alert's label names. */
export const PLACES = ['owner', 'pod', 'node'] as const;

/** An object of this kind: the one that the alert's label names; without a label the only one that belongs to the owner. */
export interface PlaybookTarget {
  kind: string;
  fromLabel?: string;
}

/** A playbook that fits an alert, ready to be carried out. */
export interface MatchedPlaybook {
  name: string;
  /** For HolmesGPT, where it may choose. Absent in histories from before it could. */
  description?: string;
  approval: Playbook['approval'];
  onceMs?: number;
  escalate?: string;
  steps: JsonObject[];
}

/** What the CEL of a playbook sees. Labels are texts of others: they are compared, never rendered. */
export function playbookVariables(alert: Alert, owner: IncidentOwner, changed: boolean): JsonObject {
  const { cluster, kind, namespace = '', name } = owner;
  return {
    alert: { name: alert.name, labels: alert.labels, severity: alert.severity ?? '' },
    target: { cluster, kind, namespace, name, changed },
  };
}
