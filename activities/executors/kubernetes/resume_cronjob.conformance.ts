import { defineFixture } from '../../conformance/fixture';
import { stageCronJob } from './jobs/staged-job';

export const conformance = defineFixture({
  action: 'resume_cronjob',
  async stage(stage) {
    const target = await stageCronJob(stage, { suspend: true });
    const set = (suspend: boolean) => stage.kube.merge(target, { spec: { suspend } });
    return {
      target,
      params: {},
      read: async () => (await stage.kube.get(target)).spec?.suspend,
      tamper: () => set(true),
      // The other value of a boolean leaves nothing to undo: a later writer has to set the same one anew.
      foreignChange: async () => {
        await set(true);
        await set(false);
      },
    };
  },
});
