import { Client, Connection } from '@temporalio/client';
import { startWorkerChild } from '../../tools/demo/worker-child';
import { alternate } from '../alternate';
import type { Bench, BenchReport } from '../bench';
import { medianRatio } from '../row';
import { spread } from '../spread';
import { drainByPlan } from './drain-plan';
import { Nodes, otherNode } from './nodes';

const CLUSTER = 'bench';

/** Emptying a node: by a remediation plan, and by `kubectl drain`. */
export const drainBench: Bench = {
  title: 'drain: a node against kubectl drain',
  nodes: 2,
  async run(stack, { rounds, pods }, progress) {
    const nodes = new Nodes(stack, pods);
    await nodes.fill();
    const worker = await startWorkerChild(stack, CLUSTER);
    const connection = await Connection.connect({ address: stack.temporalAddress });
    const client = new Client({ connection, namespace: stack.temporalNamespace });
    const phases: Record<string, number>[] = [];
    let full = 'node-1';
    const empty = async (drain: (node: string) => Promise<number>) => {
      const ms = await drain(full);
      const left = await nodes.podsOn(full);
      if (left > 0) throw new Error(`${left} pods are still on ${full}`);
      await nodes.refill(full);
      full = otherNode(full);
      return ms / 1000;
    };
    try {
      const values = await alternate(
        {
          plan: (round) =>
            empty(async (node) => {
              const drained = await drainByPlan(client, CLUSTER, node);
              if (round > 0) phases.push(drained.phases);
              return drained.wallMs;
            }),
          kubectl: () => empty((node) => nodes.kubectlDrain(node)),
        },
        { rounds, what: `drain of ${pods} pods`, unit: 's', progress },
      );
      return report(values.plan, phases, values.kubectl, pods);
    } finally {
      await connection.close();
      await worker.stop();
    }
  },
};

function report(plan: number[], phases: Record<string, number>[], kubectl: number[], pods: number): BenchReport {
  const action = phases.map((round) => Object.values(round).reduce((sum, ms) => sum + ms, 0) / 1000);
  const split = Object.keys(phases[0]!).map((phase) => {
    const { median } = spread(phases.map((round) => round[phase]! / 1000));
    return `${phase} ${median.toFixed(2)} s`;
  });
  const theirs = { name: '`kubectl drain`', values: kubectl };
  return {
    rows: [
      {
        measure: `node with ${pods} pods, plan of cordon and drain`,
        unit: 's',
        ours: plan,
        theirs,
        goal: { text: '≤ 0.25×', met: medianRatio(plan, kubectl) <= 0.25 },
      },
      { measure: 'of that, the activities of `drain_node`', unit: 's', ours: action, theirs },
    ],
    notes: [
      'The plan: from the call that starts it to its result, with previews, cordon, evictions (20 at a time, the default) and the verification that the node is empty. kubectl: the whole command with default flags, its own cordon included.',
      'The pods belong to one Deployment and move to the other node, so each drain empties the node that the drain before has filled. KWOK ends a pod 1–2 s after its eviction, on both sides. kubectl evicts with its default client-side rate limit, which is most of its time.',
      `Medians of the phases of \`drain_node\`: ${split.join(', ')}.`,
      'After each drain the bench asks the API server whether the node is really empty.',
    ],
  };
}
