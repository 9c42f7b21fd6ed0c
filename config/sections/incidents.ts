import { z } from 'zod';
import { DURATION_PATTERN, durationMs } from '../../plan/duration';
import type { IncidentSettings } from '../../plan/incident';

/** So long a wait is no answer any more. */
const MAX_MS = 86_400_000;

const duration = z
  .string()
  .regex(DURATION_PATTERN, 'must be a duration like 90s, 5m or 1h30m')
  .refine((text) => !DURATION_PATTERN.test(text) || durationMs(text) <= MAX_MS, 'must be at most 24h');

/** `incidents` of kubernaut.yaml: how long is waited, and how often tried, before a person is called. */
export const incidentsSchema = z.strictObject({
  attempts: z.int().min(1).max(10).default(3).describe('Remediations of one incident, then a person. Default 3.'),
  soak: duration
    .refine((text) => !DURATION_PATTERN.test(text) || durationMs(text) <= 3_600_000, 'must be at most 1h')
    .default('2m')
    .describe(
      'How long alerts must stay away and the target healthy until a remediation counts as a success; at most 1h. Default `2m`.',
    ),
  resolveWithin: duration
    .default('15m')
    .describe('How long alerts may take to resolve after a remediation. Default `15m`.'),
  cooldown: duration
    .default('5m')
    .describe(
      'Alerts that fire again so soon after a success reopen the incident, and a person is asked. Default `5m`.',
    ),
  cooldownAfterFailure: duration
    .default('1h')
    .describe('How long alerts start nothing after an incident that went to a person or was aborted. Default `1h`.'),
  playbooks: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Files, or folders of files, with plan templates for the alerts that they match; relative to this file. Those of `playbooks/` in the package are a start. Default: none.',
    ),
  playbookChoice: z
    .enum(['first', 'holmesgpt'])
    .default('first')
    .describe(
      'Who chooses among the playbooks that fit. `first`: nobody, the first is tried, then the next, then HolmesGPT is asked. `holmesgpt`: they are offered to HolmesGPT, which may choose one, or recommend something else. Default `first`.',
    ),
});

/** In the form that incidents take along. */
export function incidentSettings(section: z.output<typeof incidentsSchema>): IncidentSettings {
  return {
    attempts: section.attempts,
    soakMs: durationMs(section.soak),
    resolveWithinMs: durationMs(section.resolveWithin),
    cooldownMs: durationMs(section.cooldown),
    cooldownAfterFailureMs: durationMs(section.cooldownAfterFailure),
    ...(section.playbookChoice === 'holmesgpt' && { playbooksAsChoices: true }),
  };
}
