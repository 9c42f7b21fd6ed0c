import type { PlanRunner } from '../../../activities/conformance';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { Lab } from '../engine/lab';
import { connectTestCluster } from '../kubernetes/fixtures';

/** Runs plans on the Temporal server and the cluster of the run, by a worker in this process. */
export async function openPlanRunner(): Promise<{ runner: PlanRunner; close(): Promise<void> }> {
  const cluster = connectTestCluster();
  const lab = await Lab.open({ actions: [...kubernetesActions], clusters: new Map([['test', cluster]]) });
  return {
    runner: {
      cluster: 'test',
      async run(plan, wished) {
        const { id } = await lab.remediations.start(plan, { id: wished });
        const { outcome, left } = await lab.remediations.result(id);
        const history = await lab.client.workflow.getHandle(id).fetchHistory();
        const children = (history.events ?? []).flatMap(
          ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) =>
            child?.workflowId ? [child.workflowId] : [],
        );
        const acting = children.filter((child) => !child.endsWith('/preview'));
        return { outcome, left: left.length, children: acting };
      },
    },
    async close() {
      await lab.close();
      cluster.close();
    },
  };
}
