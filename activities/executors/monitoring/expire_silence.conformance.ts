import { defineFixture } from '../../conformance/fixture';
import { stagedAlertmanager } from './conformance/staged-alertmanager';

export const conformance = defineFixture({
  action: 'expire_silence',
  async stage(stage) {
    const { settings, silence, read, changes, moveEnd } = stagedAlertmanager(stage);
    const id = await silence();
    await changes();
    return { settings, read, changes, params: { id }, staleChange: moveEnd };
  },
  notApplicable: {
    'foreign-change': 'an ended silence cannot be changed by anybody; the undo makes another one',
  },
});
