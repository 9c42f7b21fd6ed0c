import { defineFixture } from '../../conformance/fixture';

/** A gate changes nothing that could be read. */
export const conformance = defineFixture({
  action: 'approval_gate',
  stage: async () => ({ params: { message: 'go on?' }, read: async () => 'nothing' }),
});
