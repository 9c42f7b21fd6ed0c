import { metricList, type MetricName } from '../../../workers/metric-list';

/** The name of a metric as a query writes it: of a histogram give the part (`_bucket`, `_count`, `_sum`). */
export function m(key: MetricName, part: '' | '_bucket' | '_count' | '_sum' = ''): string {
  return `${metricList[key].name}${part}`;
}

/** Results that are no failure of an action. A run that was stopped meanwhile says nothing about it. */
export const FINE = 'ok|no_effect|CANCELLED';
