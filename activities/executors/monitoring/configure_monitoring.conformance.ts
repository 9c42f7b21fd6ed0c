import type { Json } from '../../../plan/json';
import { defineFixture, NotApplicable, type Stage, type Staged } from '../../conformance/fixture';
import { OPERATOR_API, OPERATOR_GROUP, podMonitor, serviceMonitor, type MonitorKind } from './scrapes/monitor-kinds';

const ports = [{ name: 'metrics', containerPort: 8080 }];

/** No Prometheus operator is needed: without a Prometheus in the settings the object itself is the effect. */
async function stage({ kube, namespace, name, workload }: Stage, kind: MonitorKind, exists: boolean): Promise<Staged> {
  if (!(await kube.discovery.resource(OPERATOR_GROUP, kind.plural)))
    throw new NotApplicable(`the cluster has no CRD ${kind.plural}.${OPERATOR_GROUP}`);
  const { name: app } = await workload({ replicas: 1, container: { ports } });
  const metadata = { namespace, name: app, labels: { app } };
  const spec = { selector: { app }, ports: [{ name: 'metrics', port: 8080 }] };
  await kube.create({ apiVersion: 'v1', kind: 'Service', metadata, spec });
  const target = { apiVersion: OPERATOR_API, kind: kind.kind, namespace, name: name('monitor') };
  const selector = { matchLabels: { app } };
  const endpoints = (path: string): Json => [{ port: 'metrics', path }];
  const set = (path: string) => kube.merge(target, { spec: { [kind.list]: endpoints(path) } });
  if (exists) {
    const { apiVersion } = target;
    const place = { namespace, name: target.name };
    await kube.create({
      ...{ apiVersion, kind: kind.kind, metadata: place },
      spec: { selector, [kind.list]: endpoints('/old') },
    });
  }
  return {
    target,
    params: { port: 'metrics', path: '/new', interval: '30s', ...(!exists && selector) },
    read: async () => (await kube.find(target))?.spec,
    tamper: () => set('/old'),
    foreignChange: () => set('/theirs'),
  };
}

export const conformance = defineFixture({
  action: 'configure_monitoring',
  stage: (on) => stage(on, serviceMonitor, true),
  variants: {
    'a ServiceMonitor that is not there': (on) => stage(on, serviceMonitor, false),
    'a PodMonitor': (on) => stage(on, podMonitor, true),
    'a PodMonitor that is not there': (on) => stage(on, podMonitor, false),
  },
});
