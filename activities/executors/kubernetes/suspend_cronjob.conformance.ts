import { defineFixture } from '../../conformance/fixture';
import { stageCronJob } from './jobs/staged-job';

export const conformance = defineFixture({
  action: 'suspend_cronjob',
  async stage(stage) {
    const target = await stageCronJob(stage, { suspend: false });
    const set = (suspend: boolean) => stage.kube.merge(target, { spec: { suspend } });
    return {
      target,
      params: {},
      read: async () => (await stage.kube.get(target)).spec?.suspend,
      tamper: () => set(false),
      // The other value of a boolean leaves nothing to undo: a later writer has to set the same one anew.
      foreignChange: async () => {
        await set(false);
        await set(true);
      },
    };
  },
});
