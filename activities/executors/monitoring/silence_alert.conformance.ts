import { defineFixture } from '../../conformance/fixture';
import { stagedAlertmanager } from './conformance/staged-alertmanager';

export const conformance = defineFixture({
  action: 'silence_alert',
  async stage(stage) {
    const { settings, matchers, read, count, expireAll, moveEnd } = stagedAlertmanager(stage);
    return {
      ...{ settings, read },
      params: { matchers, duration: '30m' },
      changes: () => count(),
      tamper: expireAll,
      foreignChange: moveEnd,
    };
  },
  notApplicable: {
    'stale-plan': 'it makes something new: before that there is nothing that others could have changed',
  },
});
