import { defineFixture } from '../../conformance/fixture';

/** A log line changes nothing that could be read. */
export const conformance = defineFixture({
  action: 'log',
  stage: async () => ({ params: { message: 'conformance' }, read: async () => 'nothing' }),
});
