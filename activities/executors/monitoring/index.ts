import type { ActionDefinition } from '../../contract';
import { checkAlert } from './check_alert';
import { configureHealthCheck } from './configure_health_check';
import { configureMonitoring } from './configure_monitoring';
import { createAlertRule } from './create_alert_rule';
import { disableAlertRule } from './disable_alert_rule';
import { expireSilence } from './expire_silence';
import { extendSilence } from './extend_silence';
import { grafanaAnnotate } from './grafana_annotate';
import { grafanaPauseAlert } from './grafana_pause_alert';
import { grafanaSilence } from './grafana_silence';
import { grafanaUpdateDashboard } from './grafana_update_dashboard';
import { pushMetric } from './push_metric';
import { queryMetric } from './query_metric';
import { reloadPrometheus } from './reload_prometheus';
import { silenceAlert } from './silence_alert';
import { updateAlertRule } from './update_alert_rule';
import { updateAlertThreshold } from './update_alert_threshold';

/** The actions of executor `monitoring`: Alertmanager, Prometheus and Grafana of a cluster. */
export const monitoringActions: readonly ActionDefinition[] = [
  checkAlert,
  configureHealthCheck,
  configureMonitoring,
  createAlertRule,
  disableAlertRule,
  expireSilence,
  extendSilence,
  grafanaAnnotate,
  grafanaPauseAlert,
  grafanaSilence,
  grafanaUpdateDashboard,
  pushMetric,
  queryMetric,
  reloadPrometheus,
  silenceAlert,
  updateAlertRule,
  updateAlertThreshold,
];
