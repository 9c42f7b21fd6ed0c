import { defaultActionSettings } from '../../../config/action-settings';
import { defineFixture } from '../../conformance/fixture';
import { base64, stageSecret } from './secrets/staged-secret';

export const conformance = defineFixture({
  action: 'patch_secret',
  async stage(stage) {
    const { canary } = stage;
    const staged = await stageSecret(stage, { PASSWORD: `${canary}-old`, OLD: canary, OTHER: canary });
    const source = await stageSecret(stage, { password: `${canary}-source` });
    const { kubernetes } = defaultActionSettings;
    return {
      target: staged.target,
      params: {
        set: {
          PASSWORD: { configured: 'password' },
          COPIED: { secret: { name: source.target.name, key: 'password' } },
          NEW: { generate: {} },
        },
        remove: ['OLD'],
      },
      settings: {
        kubernetes: { ...kubernetes, secrets: { ...kubernetes.secrets, values: { password: { env: 'PASSWORD' } } } },
      },
      secrets: { PASSWORD: `${canary}-new` },
      read: staged.read,
      tamper: () => staged.set({ NEW: null }),
      foreignChange: () => staged.set({ PASSWORD: base64('theirs') }),
    };
  },
});
