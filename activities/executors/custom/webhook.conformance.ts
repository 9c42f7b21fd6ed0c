import { defineFixture } from '../../conformance/fixture';
import { stagingServer } from './http/staging-server';

export const conformance = defineFixture({
  action: 'webhook',
  async stage(stage) {
    const { url, state, acts, settings, secrets } = await stagingServer(stage);
    return {
      params: {
        url: `${url}/mode`,
        secretHeaders: { Authorization: { secret: 'token', prefix: 'Bearer ' } },
        body: { on: true },
        confirm: { url: `${url}/mode`, expect: 'has(json.on) && json.on' },
      },
      read: async () => state.get('/mode') ?? 'nothing',
      tamper: async () => state.set('/mode', '{"on":false}'),
      changes: async () => acts(),
      settings,
      secrets,
    };
  },
});
