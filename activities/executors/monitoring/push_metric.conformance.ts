import { defineFixture } from '../../conformance/fixture';
import { stagedPrometheus } from './conformance/staged-prometheus';

export const conformance = defineFixture({
  action: 'push_metric',
  async stage(stage) {
    const { settings, metric, query } = stagedPrometheus(stage);
    return {
      settings,
      params: { metric, value: 4.5, labels: { service: 'web' } },
      read: () => query(metric),
      // Of all series of that name: a second push at another time would be one more.
      changes: async () => Number((await query(`sum(count_over_time(${metric}[10m]))`))[0] ?? 0),
    };
  },
});
