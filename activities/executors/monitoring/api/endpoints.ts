import type { HttpEndpoint, MonitoringSettings } from '../../../../config/sections/monitoring';
import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';
import { httpApi, type HttpApi } from './http-api';

/** @throws {KubernautError} `PRECONDITION_FAILED` when the cluster has no such server in kubernaut.yaml */
export function alertmanagerApi(ctx: ActionContext): HttpApi {
  return httpApi(ctx, 'Alertmanager', configured(ctx, 'alertmanager'));
}

/** @throws {KubernautError} `PRECONDITION_FAILED` */
export function prometheusApi(ctx: ActionContext): HttpApi {
  return httpApi(ctx, 'Prometheus', configured(ctx, 'prometheus'));
}

/** @throws {KubernautError} `PRECONDITION_FAILED` */
export function grafanaApi(ctx: ActionContext): HttpApi {
  const { token, ...endpoint } = configured(ctx, 'grafana');
  return httpApi(ctx, 'Grafana', { ...endpoint, auth: { bearer: token } } satisfies HttpEndpoint);
}

type Server = 'alertmanager' | 'prometheus' | 'grafana';

function configured<S extends Server>(ctx: ActionContext, server: S): NonNullable<MonitoringSettings[S]> {
  const endpoint = ctx.settings.monitoring?.[server];
  if (endpoint !== undefined) return endpoint;
  throw new KubernautError('PRECONDITION_FAILED', `no ${server} is configured for this cluster`, {
    remedy: `Set clusters[].monitoring.${server}.url in kubernaut.yaml and restart the worker.`,
  });
}
