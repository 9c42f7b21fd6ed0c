/** What incidents hold to, as `incidents` in kubernaut.yaml says; durations in ms. In an incident's history from its start. */
export interface IncidentSettings {
  /** Remediations of one incident before a person is called. */
  attempts: number;
  /** How long alerts must stay away, and the target healthy, before a remediation counts as a success. */
  soakMs: number;
  /** How long a successful remediation may take until its alerts have resolved. */
  resolveWithinMs: number;
  /** How long the incident stays open after success: alerts that fire again within it reopen it. */
  cooldownMs: number;
  /** How long nothing is done by itself after an incident that went to a person, or was aborted. */
  cooldownAfterFailureMs: number;
  /** {@link INCIDENT_REVISION} of the worker that opened the incident. Absent in histories from before there was one. */
  revision?: number;
  /** There are playbooks to ask for. */
  playbooks?: boolean;
  /** People are told when one of them is needed. Absent in histories of versions that told nobody. */
  notify?: boolean;
  /** Playbooks that fit are not carried out by themselves: HolmesGPT may choose one of them. Default false. */
  playbooksAsChoices?: boolean;
}

/**
 * Which commands an incident gives, where that has changed: an incident under way stays with the ones that its history has.
 * 1: alerts about budgets and quotas are told apart by their labels when Alertmanager is asked.
 */
export const INCIDENT_REVISION = 1;

export const defaultIncidentSettings: IncidentSettings = {
  attempts: 3,
  soakMs: 120_000,
  resolveWithinMs: 900_000,
  cooldownMs: 300_000,
  cooldownAfterFailureMs: 3_600_000,
};
