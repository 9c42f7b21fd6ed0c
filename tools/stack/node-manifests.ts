/** The Node objects of the cluster, as a JSON list for `kubectl apply`. Zones alternate between a, b and c. */
export function nodeManifests(count: number): string {
  const items = Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${index + 1}`,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/hostname': `node-${index + 1}`,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node-role.kubernetes.io/worker': '',
        'topology.kubernetes.io/zone': `zone-${'abc'[index % 3]}`,
      },
    },
  }));
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
