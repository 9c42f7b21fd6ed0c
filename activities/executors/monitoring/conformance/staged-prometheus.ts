import axios from 'axios';
import type { ActionSettings } from '../../../../config/action-settings';
import type { Stage } from '../../../conformance/fixture';
import { stagedSettings } from './staged-alertmanager';

export interface StagedPrometheus {
  settings: Partial<ActionSettings>;
  /** A name that no other series has. */
  metric: string;
  /** Somebody pushes a value of the metric, by OTLP. */
  push(value: number): Promise<void>;
  /** Values of an instant query, as Prometheus writes numbers. */
  query(expression: string): Promise<string[]>;
}

/** The run's Prometheus as somebody else sees it. */
export function stagedPrometheus(stage: Stage): StagedPrometheus {
  const url = stage.service('prometheus');
  const http = axios.create({ baseURL: url, proxy: false });
  const metric = stage.name('conformance').replaceAll('-', '_');
  return {
    settings: stagedSettings({ prometheus: { url } }),
    metric,
    async push(value) {
      const dataPoints = [{ asDouble: value, timeUnixNano: `${Date.now()}000000` }];
      const metrics = [{ name: metric, gauge: { dataPoints } }];
      await http.post('/api/v1/otlp/v1/metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    },
    async query(expression) {
      const { data } = await http.get<{ data: { result: Array<{ value: [number, string] }> } }>('/api/v1/query', {
        params: { query: expression },
      });
      return data.data.result.map(({ value: [, text] }) => text);
    },
  };
}
