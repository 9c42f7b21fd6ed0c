import { defineFixture } from '../../conformance/fixture';
import { stageTemplate } from './jobs/staged-template';

const own = 'whether there is something to undo is known to the undo Job alone; it is run, and says how it ended';

export const conformance = defineFixture({
  action: 'run_job_with_undo',
  async stage(stage) {
    const { jobs, remove, ...staged } = await stageTemplate(stage, { undo: { command: ['restore', '{database}'] } });
    return {
      ...staged,
      // What the Jobs do is theirs: done when there is one, as before when there is one that takes it back.
      read: async () => {
        const names = (await jobs()).map(({ metadata }) => metadata.name);
        const undone = names.some((each) => each.endsWith('-undo'));
        return names.length > 0 && !undone ? 'failed over' : 'as before';
      },
      tamper: remove,
    };
  },
  unusedPermissions: { 'jobs.batch patch': 'only a Job that still runs is suspended' },
  notApplicable: {
    'rollback-unneeded': own,
    'stale-plan': 'it makes something new: before that there is nothing that others could have changed',
    'foreign-change': 'the undo is another Job (compensatable), with no fields of ours to compare',
  },
});
