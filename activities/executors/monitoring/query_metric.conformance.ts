import { defineFixture } from '../../conformance/fixture';
import { stagedPrometheus } from './conformance/staged-prometheus';

export const conformance = defineFixture({
  action: 'query_metric',
  async stage(stage) {
    const { settings, metric, push, query } = stagedPrometheus(stage);
    await push(1);
    return {
      settings,
      params: { query: metric, below: 5, within: '1s', every: '500ms' },
      read: () => query(metric),
      tamper: () => push(9),
    };
  },
});
