import { defineFixture } from '../../conformance/fixture';
import { stagingServer } from './http/staging-server';

const receiver = 'whether there is something to undo is known to the receiver alone; the call is made, and says so';

export const conformance = defineFixture({
  action: 'webhook_with_undo',
  async stage(stage) {
    const { url, state, acts, settings, secrets } = await stagingServer(stage);
    state.set('/mode', '{"on":false}');
    return {
      params: {
        url: `${url}/mode`,
        secretHeaders: { Authorization: { secret: 'token', prefix: 'Bearer ' } },
        body: { on: true },
        confirm: { url: `${url}/mode`, expect: 'json.on' },
        undo: { url: `${url}/mode`, body: { on: false } },
      },
      read: async () => state.get('/mode'),
      tamper: async () => state.set('/mode', '{"on":false}'),
      changes: async () => acts(),
      settings,
      secrets,
    };
  },
  notApplicable: {
    'rollback-unneeded': receiver,
    'rollback-twice': receiver,
    'stale-plan': 'what the receiver has is known to the receiver alone',
    'foreign-change': 'the undo is another act of the receiver (compensatable), with no fields of ours to compare',
  },
});
