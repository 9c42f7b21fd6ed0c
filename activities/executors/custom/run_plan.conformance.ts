import { defineFixture, NotApplicable } from '../../conformance/fixture';

/** Proven on the real server by test/integration/engine/run-plan.test.ts. */
export const conformance = defineFixture({
  action: 'run_plan',
  stage: async () => {
    throw new NotApplicable('a sub-plan is a child workflow: what it does is done by the actions of its steps');
  },
});
