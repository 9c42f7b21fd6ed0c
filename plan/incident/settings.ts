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
  /** There are playbooks to ask for. */
  playbooks?: boolean;
  /** People are told when one of them is needed. Absent in histories of versions that told nobody. */
  notify?: boolean;
}

export const defaultIncidentSettings: IncidentSettings = {
  attempts: 3,
  soakMs: 120_000,
  resolveWithinMs: 900_000,
  cooldownMs: 300_000,
  cooldownAfterFailureMs: 3_600_000,
};
