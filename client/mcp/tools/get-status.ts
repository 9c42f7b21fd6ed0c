import { z } from 'zod';
import { ownerOfIncidentId } from '../../../plan/incident';
import { defineTool } from '../mcp-tool';

export const getStatus = defineTool({
  name: 'get_status',
  title: 'Status of a remediation or incident',
  description:
    'How a remediation or an incident stands: phase, steps, what it waits for, and once it has ended its outcome with what was ' +
    'done, verified, undone or left. Of a preview, also the preview itself.',
  role: 'read',
  readOnly: true,
  input: z.strictObject({
    id: z
      .string()
      .min(1)
      .max(1000)
      .describe(
        'As propose_plan, preview_plan or list_incidents gave it: remediation/web-load/1, incident/prod/shop/Deployment/web.',
      ),
  }),
  async call({ id }, { context: { remediations, incidents } }) {
    if (ownerOfIncidentId(id) !== undefined) {
      return { ...(await incidents.get(id)), details: await incidents.status(id) };
    }
    const info = await remediations.get(id);
    const details = await remediations.status(id);
    const preview = info.dryRun && details.phase === 'ended' ? await remediations.preview(id) : undefined;
    return { ...info, details, ...(preview && { preview }) };
  },
});
