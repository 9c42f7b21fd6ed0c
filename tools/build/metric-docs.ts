import { metricList, type MetricSpec } from '../../workers/metric-list';
import { code, table } from './markdown';
import { alerts, recordings } from './monitoring/rules';

/** The tables of docs/monitoring.md. */
export function monitoringTables(): Record<string, string> {
  return {
    metrics: table(
      ['metric', 'type', 'labels', 'meaning'],
      Object.values<MetricSpec>(metricList).map(({ name, type, labels, help }) => [
        code(name),
        type,
        labels.map(code).join(', '),
        help,
      ]),
    ),
    'recording rules': table(
      ['series', 'expression'],
      recordings.map(({ record, expr }) => [code(record), code(expr)]),
    ),
    alerts: table(
      ['alert', 'severity', 'for', 'what it means'],
      alerts.map(({ alert, severity, for: held, description }) => [
        code(alert),
        severity,
        held ?? '',
        description.replace(/\{\{ \$labels\.(\w+) \}\}/g, 'the $1').replace(/\{\{.*?\}\}/g, 'the value'),
      ]),
    ),
  };
}
