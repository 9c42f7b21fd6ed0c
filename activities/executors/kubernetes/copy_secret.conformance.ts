import type { Json } from '../../../plan/json';
import { defineFixture } from '../../conformance/fixture';
import { base64, stageSecret } from './secrets/staged-secret';

export const conformance = defineFixture({
  action: 'copy_secret',
  async stage(stage) {
    const { canary } = stage;
    const source = await stageSecret(stage, { ca: `${canary}-ca`, user: canary });
    const staged = await stageSecret(stage, { ca: canary, OTHER: canary });
    return {
      target: staged.target,
      params: { from: { name: source.target.name } },
      read: staged.read,
      tamper: () => staged.set({ user: null }),
      foreignChange: () => staged.set({ ca: base64('theirs') }),
    };
  },
  variants: {
    async 'a Secret that is not there'(stage) {
      const { kube, namespace, canary, name } = stage;
      const source = await stageSecret(stage, { ca: `${canary}-ca`, user: canary });
      const target = { apiVersion: 'v1', kind: 'Secret', namespace, name: name('secret') };
      return {
        target,
        params: { from: { name: source.target.name } },
        read: async () => ((await kube.find(target))?.data ?? {}) as Json,
      };
    },
  },
  notApplicable: { 'missing-object': 'a Secret that does not exist is created' },
});
