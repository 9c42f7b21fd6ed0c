import { defineFixture } from '../../conformance/fixture';
import { stagingServer } from './http/staging-server';

export const conformance = defineFixture({
  action: 'http_check',
  async stage(stage) {
    const { url, state, settings, secrets } = await stagingServer(stage);
    state.set('/status', '{"ready":3}');
    return {
      params: {
        url: `${url}/status`,
        secretHeaders: { Authorization: { secret: 'token', prefix: 'Bearer ' } },
        expect: 'json.ready == 3',
      },
      read: async () => state.get('/status'),
      settings,
      secrets,
    };
  },
  notApplicable: {
    'verify-refutes':
      'its effect is a reading, which nothing takes away later; asked without one, verify reads anew, and finds it true',
  },
});
