import { defineFixture } from '../../conformance/fixture';
import { stageTemplate } from './jobs/staged-template';

export const conformance = defineFixture({
  action: 'run_job',
  async stage(stage) {
    const { jobs, remove, ...staged } = await stageTemplate(stage);
    return { ...staged, read: async () => (await jobs()).length, tamper: remove };
  },
});
