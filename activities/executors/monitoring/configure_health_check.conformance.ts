import type { Json } from '../../../plan/json';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { valueAt } from '../kubernetes/fields/json-pointer';

async function stage({ kube, workload }: Stage, kind?: 'StatefulSet' | 'DaemonSet'): Promise<Staged> {
  const target = await workload({ replicas: 1, ...(kind && { kind }) });
  const containers = async () =>
    valueAt(await kube.get(target), '/spec/template/spec/containers') as Array<Record<string, Json>>;
  const probe = async (periodSeconds: number) => {
    const [first, ...others] = await containers();
    const readinessProbe = { tcpSocket: { port: 1 }, periodSeconds };
    const template = { spec: { containers: [{ ...first, readinessProbe }, ...others] } };
    await kube.merge(target, { spec: { template } });
  };
  return {
    target,
    params: { readiness: { tcpSocket: { port: 8080 }, periodSeconds: 5 }, stableSeconds: 1 },
    read: async () => (await containers())[0]?.['readinessProbe'],
    tamper: () => probe(77),
    foreignChange: () => probe(99),
  };
}

export const conformance = defineFixture({
  action: 'configure_health_check',
  stage,
  variants: {
    ofStatefulSet: (on) => stage(on, 'StatefulSet'),
    ofDaemonSet: (on) => stage(on, 'DaemonSet'),
  },
});
