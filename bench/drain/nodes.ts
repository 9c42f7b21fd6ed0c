import { setTimeout as sleep } from 'node:timers/promises';
import { kubectlCommand } from '../../tools/stack/kubectl-command';
import type { Stack } from '../../tools/stack/stack';

const DEADLINE_MS = 120_000;

/** Two nodes and a Deployment whose pods move from one to the other whenever one is drained. */
export class Nodes {
  constructor(
    private readonly stack: Stack,
    private readonly pods: number,
  ) {}

  /** All pods on node-1; node-2 is empty and schedulable. */
  async fill(): Promise<void> {
    await this.kubectl('cordon', 'node-2');
    await this.kubectlWith(deployment(this.pods), 'apply', '-f', '-');
    await this.ready('node-1');
    await this.kubectl('uncordon', 'node-2');
  }

  /** Where the pods are; the drained node is made schedulable again once all of them run on the other one. */
  async refill(drained: string): Promise<void> {
    await this.ready(otherNode(drained));
    await this.kubectl('uncordon', drained);
  }

  /** As a person would do it. Wall time in ms. */
  async kubectlDrain(node: string): Promise<number> {
    const startedAt = performance.now();
    await this.kubectl('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=5m');
    return performance.now() - startedAt;
  }

  /** Pods that are on the node. */
  async podsOn(node: string): Promise<number> {
    const list = await this.kubectl('get', 'pods', '-o', 'name', `--field-selector=spec.nodeName=${node}`);
    return list.split('\n').filter((line) => line !== '').length;
  }

  private async ready(node: string): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const ready = await this.kubectl('get', 'deployment', 'bench', '-o', 'jsonpath={.status.readyReplicas}');
      if (Number(ready) === this.pods && (await this.podsOn(node)) === this.pods) return;
      if (Date.now() > deadline) throw new Error(`${this.pods} pods did not become ready on ${node} in time`);
      await sleep(200);
    }
  }

  private kubectl(...args: string[]): Promise<string> {
    return this.kubectlWith(undefined, ...args);
  }

  private async kubectlWith(input: string | undefined, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await kubectlCommand(this.stack, args, { input, timeoutMs: 400_000 });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed: ${stderr.trim()}`);
    return stdout.trim();
  }
}

export function otherNode(node: string): string {
  return node === 'node-1' ? 'node-2' : 'node-1';
}

function deployment(replicas: number): string {
  const labels = { app: 'bench' };
  const container = { name: 'app', image: 'registry.example/bench:1' };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'bench', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } },
    },
  });
}
