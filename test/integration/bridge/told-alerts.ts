import type { Client } from '@temporalio/client';
import { forEachOf } from '../../../client/bridge/for-each-of';
import { waitFor } from '../../setup';

/** Name and status of each alert that Temporal has for this incident, in order, as its event history has them; needs no worker. */
export async function toldAlerts(client: Client, id: string, runId?: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(id, runId).fetchHistory();
  const { payloadConverter } = client.options.loadedDataConverter;
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    if (!signal) return [];
    const { name, status } = payloadConverter.fromPayload<{ name: string; status: string }>(
      signal.input!.payloads![0]!,
    );
    return [`${name} ${status}`];
  });
}

/** The same for all incidents of a cluster, by `<workflow id> <run id>`, once there are so many of them. */
export async function toldByIncident(
  client: Client,
  cluster: string,
  incidents: number,
): Promise<Map<string, string[]>> {
  const query = `WorkflowType = 'incident' AND KubernautCluster = '${cluster}'`;
  const runs = await waitFor(
    async () => {
      const found: { workflowId: string; runId: string }[] = [];
      for await (const { workflowId, runId } of client.workflow.list({ query })) found.push({ workflowId, runId });
      return found;
    },
    (found) => found.length >= incidents,
    { timeout: 120_000, interval: 500, what: `${incidents} incidents of ${cluster}` },
  );
  const told = new Map<string, string[]>();
  await forEachOf(runs, 20, async ({ workflowId, runId }) => {
    told.set(`${workflowId} ${runId}`, await toldAlerts(client, workflowId, runId));
  });
  return told;
}
