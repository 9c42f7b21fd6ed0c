import type { ActionDefinition } from '../../contract';
import { checkAlert } from './check_alert';
import { expireSilence } from './expire_silence';
import { extendSilence } from './extend_silence';
import { queryMetric } from './query_metric';
import { reloadPrometheus } from './reload_prometheus';
import { silenceAlert } from './silence_alert';

/** The actions of executor `monitoring`: Alertmanager, Prometheus and Grafana of a cluster. */
export const monitoringActions: readonly ActionDefinition[] = [
  checkAlert,
  expireSilence,
  extendSilence,
  queryMetric,
  reloadPrometheus,
  silenceAlert,
];
