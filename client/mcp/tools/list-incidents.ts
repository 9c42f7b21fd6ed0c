import { z } from 'zod';
import { IncidentOutcome, IncidentPhase } from '../../../plan/incident';
import { defineTool } from '../mcp-tool';

export const listIncidents = defineTool({
  name: 'list_incidents',
  title: 'List incidents',
  description:
    'Incidents, running ones first, then the newest: what each is about, its alert, where it stands and how it ended. get_status ' +
    'tells more of one.',
  role: 'read',
  readOnly: true,
  input: z.strictObject({
    state: z.enum(IncidentPhase).optional().describe('Only in this phase.'),
    outcome: z.enum(IncidentOutcome).optional().describe('Only ended so; escalated ones need a person.'),
    cluster: z.string().min(1).max(255).optional().describe('Only of this cluster.'),
    namespace: z.string().min(1).max(255).optional().describe('Only about objects in this Kubernetes namespace.'),
    limit: z.int().min(1).max(100).default(20).describe('At most so many. Default 20.'),
  }),
  async call(filter, { context: { incidents } }) {
    return { incidents: await incidents.list(filter) };
  },
});
