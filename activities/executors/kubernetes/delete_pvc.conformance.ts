import { defineFixture } from '../../conformance/fixture';
import { stageClaim } from './objects/staged-claim';

export const conformance = defineFixture({
  action: 'delete_pvc',
  async stage(stage) {
    const target = await stageClaim(stage);
    const { uid } = (await stage.kube.get(target)).metadata;
    return {
      target,
      params: {},
      read: async () => {
        const found = await stage.kube.find(target);
        return found?.metadata.uid === uid && !found.metadata.deletionTimestamp;
      },
    };
  },
});
