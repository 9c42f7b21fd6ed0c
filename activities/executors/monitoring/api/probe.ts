import type { MonitoringSettings } from '../../../../config/sections/monitoring';
import { systemClock } from '../../../clock';
import type { Secrets } from '../../../secrets';
import { httpApi } from './http-api';

/** One server of `clusters[].monitoring`, and how to ask whether it answers and lets us in. */
export interface MonitoringProbe {
  server: 'alertmanager' | 'prometheus' | 'grafana';
  url: string;
  /** @throws {KubernautError} as `HttpApi.request` */
  probe(secrets: Secrets, timeoutMs: number): Promise<void>;
}

/** For each server that is configured. Reads only, by calls that need the same credentials as those of actions. */
export function monitoringProbes({ alertmanager, prometheus, grafana }: MonitoringSettings): MonitoringProbe[] {
  return [
    ...(alertmanager ? [probeOf('alertmanager', alertmanager, '/api/v2/status')] : []),
    ...(prometheus ? [probeOf('prometheus', prometheus, '/api/v1/status/buildinfo')] : []),
    ...(grafana ? [probeOf('grafana', { ...grafana, auth: { bearer: grafana.token } }, '/api/org')] : []),
  ];
}

function probeOf(
  server: MonitoringProbe['server'],
  endpoint: Parameters<typeof httpApi>[2],
  path: string,
): MonitoringProbe {
  return {
    server,
    url: endpoint.url,
    async probe(secrets, timeoutMs) {
      const signal = AbortSignal.timeout(timeoutMs);
      const caller = { signal, deadline: systemClock.now() + timeoutMs, clock: systemClock, secrets };
      await httpApi(caller, server, endpoint).request({ method: 'GET', path });
    },
  };
}
