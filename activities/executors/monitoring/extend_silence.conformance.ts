import { defineFixture } from '../../conformance/fixture';
import { stagedAlertmanager } from './conformance/staged-alertmanager';

export const conformance = defineFixture({
  action: 'extend_silence',
  async stage(stage) {
    const { settings, silence, read, changes, expireAll, moveEnd } = stagedAlertmanager(stage);
    const id = await silence();
    await changes();
    return {
      ...{ settings, read, changes },
      params: { id, by: '1h' },
      tamper: expireAll,
      foreignChange: moveEnd,
    };
  },
});
