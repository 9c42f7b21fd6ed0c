import { defineFixture } from '../../conformance/fixture';
import { stagingServer } from './http/staging-server';

export const conformance = defineFixture({
  action: 'notification',
  async stage(stage) {
    const { state, acts, settings, secrets } = await stagingServer(stage);
    return {
      params: { channel: 'receiver', severity: 'warning', title: 'conformance' },
      read: async () => state.get('/inbox') ?? 'nothing',
      changes: async () => acts(),
      settings,
      secrets,
    };
  },
});
