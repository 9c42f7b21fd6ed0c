import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { valueAt } from '../../kubernetes/fields/json-pointer';

export const OPERATOR_GROUP = 'monitoring.coreos.com';
export const OPERATOR_API = `${OPERATOR_GROUP}/v1`;

/** One of the two kinds by which the Prometheus operator is told what to scrape. */
export interface MonitorKind {
  kind: 'ServiceMonitor' | 'PodMonitor';
  plural: string;
  /** Field of the spec with what to scrape on each object it selects. */
  list: 'endpoints' | 'podMetricsEndpoints';
  selects: { kind: 'Service' | 'Pod'; plural: string; portsOf(object: KubeObject): string[] };
  /** Of a Prometheus object: which monitors are its own. */
  selector: string;
  /** First part of the job's name. */
  pool: string;
}

export const serviceMonitor: MonitorKind = {
  kind: 'ServiceMonitor',
  plural: 'servicemonitors',
  list: 'endpoints',
  selects: { kind: 'Service', plural: 'services', portsOf: (service) => portNames(service.spec?.ports) },
  selector: 'serviceMonitorSelector',
  pool: 'serviceMonitor',
};

export const podMonitor: MonitorKind = {
  kind: 'PodMonitor',
  plural: 'podmonitors',
  list: 'podMetricsEndpoints',
  selects: {
    kind: 'Pod',
    plural: 'pods',
    portsOf: (pod) => ((pod.spec?.containers ?? []) as JsonObject[]).flatMap(({ ports }) => portNames(ports)),
  },
  selector: 'podMonitorSelector',
  pool: 'podMonitor',
};

export function endpointsOf(monitor: KubeObject, { list }: MonitorKind): JsonObject[] {
  return (valueAt(monitor, `/spec/${list}`) ?? []) as JsonObject[];
}

/** Where the endpoint of the port is; -1: there is none yet. A text says why it cannot be told. */
export function findEndpoint(monitor: KubeObject, kind: MonitorKind, port: string): number | string {
  const endpoints = endpointsOf(monitor, kind);
  const found = endpoints.flatMap((each, index) => (each.port === port ? [index] : []));
  return found.length > 1 ? `it has ${found.length} endpoints of port ${port}; change them by hand` : (found[0] ?? -1);
}

function portNames(ports: unknown): string[] {
  return ((ports ?? []) as JsonObject[]).flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}
