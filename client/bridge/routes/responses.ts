import { z } from 'zod';
import { problemSchema } from '../problem';

/** Answers that a route may give besides its success; those of every route are added here. */
export function problems<const S extends number>(...statuses: S[]): Record<S | 401 | 403 | 429, typeof problemAnswer> {
  return Object.fromEntries([401, 403, 429, ...statuses].map((status) => [status, problemAnswer])) as Record<
    S | 401 | 403 | 429,
    typeof problemAnswer
  >;
}

const problemAnswer = {
  description: 'A problem of RFC 9457',
  content: { 'application/problem+json': { schema: problemSchema } },
};

export const idParams = z.object({
  id: z.string().min(1).max(1000).describe('Workflow id, URL-encoded: `remediation%2Fweb-oom%2F1`.'),
});

/** What somebody asked for has been taken in by Temporal. */
export const acceptedIncident = z.object({ incident: z.string().describe('Workflow id of the incident.') });
