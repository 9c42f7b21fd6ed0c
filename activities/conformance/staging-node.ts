import type { JsonObject } from '../../plan/json';
import { NotApplicable, type Stage } from './fixture';
import type { StagingKube } from './staging-kube';
import { uniqueName } from './staging-workloads';

const FAKE = 'kwok.x-k8s.io/node';

/** A node of KWOK, which no pod but its own tolerates; nobody's real node is ever staged. */
export async function stageNode(kube: StagingKube, defer: Stage['defer']): ReturnType<Stage['node']> {
  const nodes = await kube.list({ apiVersion: 'v1', kind: 'Node' });
  if (!nodes.some(({ metadata }) => metadata.annotations?.[FAKE] !== undefined)) {
    throw new NotApplicable('the cluster has no nodes of KWOK, and real ones are not touched');
  }
  const name = uniqueName('node');
  const target = { apiVersion: 'v1', kind: 'Node', name };
  const taint = { key: 'kubernaut.dev/conformance', value: name, effect: 'NoSchedule' };
  await kube.create({
    apiVersion: target.apiVersion,
    kind: target.kind,
    metadata: { name, annotations: { [FAKE]: 'fake' }, labels: { 'kubernetes.io/hostname': name } },
    spec: { taints: [taint] },
  });
  defer(() => kube.startRemoval(target));
  await kube.until(`node ${name} Ready`, async () => {
    const { status, spec } = await kube.get(target);
    const ready = ((status?.['conditions'] ?? []) as JsonObject[]).some(
      ({ type, status: is }) => type === 'Ready' && is === 'True',
    );
    // The controller takes its own not-ready taint away a moment later.
    const taints = ((spec?.['taints'] ?? []) as JsonObject[]).length;
    return ready && taints === 1 ? true : undefined;
  });
  const podSpec = {
    nodeSelector: { 'kubernetes.io/hostname': name },
    tolerations: [{ key: taint.key, operator: 'Exists' }],
  };
  return { target, podSpec };
}
