import { createServer } from 'node:http';
import { Gauge, Registry } from 'prom-client';
import type { KubeObject } from '../../activities/cluster/cluster';
import { connectCluster } from '../../activities/cluster/connect';
import type { Stack } from '../stack/stack';

interface ContainerStatus {
  name: string;
  state?: { waiting?: { reason?: string } };
}

/**
 * The one metric of kube-state-metrics that the demo's alert rule looks at, read from the API server at every scrape. A real
 * kube-state-metrics cannot be had as a Go module; what it would say about these pods is the same.
 */
export async function servePodMetrics(stack: Stack, port: number): Promise<{ close(): Promise<void> }> {
  const cluster = connectCluster({ name: 'demo', kubeconfig: stack.kubeconfig, context: stack.context });
  const registry = new Registry();
  const labelNames = ['namespace', 'pod', 'uid', 'container', 'reason'];
  const gauge = new Gauge({
    name: 'kube_pod_container_status_waiting_reason',
    help: 'Describes the reason the container is currently in waiting state.',
    labelNames,
    registers: [registry],
    async collect() {
      const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' });
      gauge.reset();
      for (const labels of items.flatMap(waiting)) gauge.set(labels, 1);
    },
  });
  const server = createServer((_request, response) => {
    registry.metrics().then(
      (text) => response.setHeader('Content-Type', registry.contentType).end(text),
      // Prometheus then knows that it does not know.
      () => response.writeHead(503).end(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      cluster.close();
    },
  };
}

function waiting({ metadata: { namespace = '', name: pod, uid }, status }: KubeObject): Record<string, string>[] {
  const containers = (status?.['containerStatuses'] ?? []) as unknown as ContainerStatus[];
  return containers.flatMap(({ name: container, state }) => {
    const reason = state?.waiting?.reason;
    return reason === undefined ? [] : [{ namespace, pod, uid, container, reason }];
  });
}
