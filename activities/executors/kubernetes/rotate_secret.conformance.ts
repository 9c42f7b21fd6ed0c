import { defineFixture } from '../../conformance/fixture';
import { base64, stageSecret } from './secrets/staged-secret';

export const conformance = defineFixture({
  action: 'rotate_secret',
  async stage(stage) {
    const staged = await stageSecret(stage, { SESSION_KEY: stage.canary, OTHER: stage.canary });
    return {
      target: staged.target,
      params: { keys: { SESSION_KEY: { length: 64, charset: 'hex' } } },
      read: staged.read,
      tamper: () => staged.set({ SESSION_KEY: base64(stage.canary) }),
      foreignChange: () => staged.set({ SESSION_KEY: base64('theirs') }),
    };
  },
});
