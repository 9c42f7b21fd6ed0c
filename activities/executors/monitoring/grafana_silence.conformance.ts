import { defineFixture } from '../../conformance/fixture';
import { stagedAlertmanager } from './conformance/staged-alertmanager';
import { stagedGrafana } from './conformance/staged-grafana';

export const conformance = defineFixture({
  action: 'grafana_silence',
  async stage(stage) {
    const { matchers, read, count, expireAll, moveEnd } = stagedAlertmanager(stage);
    const { settings, secrets, loseNextAnswer } = await stagedGrafana(stage, {
      alertmanagerUrl: stage.service('alertmanager'),
    });
    return {
      ...{ settings, secrets, loseNextAnswer, read },
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
