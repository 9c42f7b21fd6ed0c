import { defineFixture } from '../../conformance/fixture';

/** Time is the only thing that passes; asked without any execute, verify finds the moment still ahead. */
export const conformance = defineFixture({
  action: 'wait',
  stage: async () => ({ params: { for: '3s' }, read: async () => 'nothing' }),
});
