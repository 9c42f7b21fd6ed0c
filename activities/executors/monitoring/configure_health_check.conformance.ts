import type { Json } from '../../../plan/json';
import { defineFixture, NotApplicable, type Stage, type Staged } from '../../conformance/fixture';
import { valueAt } from '../kubernetes/fields/json-pointer';
import { OPERATOR_API, OPERATOR_GROUP } from './scrapes/monitor-kinds';

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

/** Without a Prometheus in the settings the Probe itself is the effect. */
async function stageProbe({ kube, namespace, name }: Stage, exists: boolean): Promise<Staged> {
  if (!(await kube.discovery.resource(OPERATOR_GROUP, 'probes')))
    throw new NotApplicable(`the cluster has no CRD probes.${OPERATOR_GROUP}`);
  const target = { apiVersion: OPERATOR_API, kind: 'Probe', namespace, name: name('probe') };
  const prober = { url: 'blackbox.monitoring:9115' };
  const targets = (url: string) => ({ targets: { staticConfig: { static: [url] } } });
  if (exists) {
    const { apiVersion, kind } = target;
    const spec = { prober, ...targets('https://old.example.com') };
    await kube.create({ apiVersion, kind, metadata: { namespace, name: target.name }, spec });
  }
  const probe = { targets: ['https://new.example.com'], module: 'http_2xx', interval: '30s' };
  return {
    target,
    params: { probe: exists ? probe : { ...probe, prober } },
    read: async () => (await kube.find(target))?.spec,
    tamper: () => kube.merge(target, { spec: targets('https://old.example.com') }),
    foreignChange: () => kube.merge(target, { spec: targets('https://theirs.example.com') }),
  };
}

export const conformance = defineFixture({
  action: 'configure_health_check',
  stage,
  variants: {
    ofStatefulSet: (on) => stage(on, 'StatefulSet'),
    ofDaemonSet: (on) => stage(on, 'DaemonSet'),
    'a Probe': (on) => stageProbe(on, true),
    'a Probe that is not there': (on) => stageProbe(on, false),
  },
});
