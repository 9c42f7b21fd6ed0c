import { spawnSync } from 'node:child_process';
import { checkIds, type CheckId, type Finding } from '../../../activities/conformance';
import { SUB_PLAN_ACTION } from '../../../plan/sub-plan';
import { loadCatalogue, proveCatalogue } from '../../../tools/conformance/catalogue';
import { testEnvironment } from '../../setup';

/** Without these nothing was seen to happen: a fixture may say that others do not apply, but not that these do not. */
const core: readonly CheckId[] = ['definition', 'validate-changes-nothing', 'execute-once', 'verify-proves'];

/** Of a plan as a step, which is a child workflow: what is done is done by the actions of its steps. */
const subPlan: readonly CheckId[] = ['definition'];

/** Scripts run in a sandbox or not at all. */
const hasSandbox = spawnSync('bwrap', ['--version']).status === 0;
const needed = (action: string) => (action === SUB_PLAN_ACTION ? subPlan : core);
const provable = (action: string) => (hasSandbox || !action.startsWith('script') ? test : test.skip);

describe('The conformance of the whole catalogue', () => {
  const catalogue = loadCatalogue();
  let findings: readonly Finding[] = [];
  beforeAll(async () => {
    findings = await proveCatalogue(testEnvironment(), { catalogue });
  }, 900_000);

  // From the registry, not from the fixtures: an action without a fixture fails here.
  for (const action of catalogue.registry.names()) {
    provable(action)(`${action} keeps its promises`, () => {
      const own = findings.filter((each) => each.action === action);
      expect(own.filter(({ state }) => state === 'failed')).toEqual([]);
      expect(own.map(({ check }) => check)).toEqual(checkIds);
      expect(own.filter(({ check, state }) => needed(action).includes(check) && state !== 'passed')).toEqual([]);
    });
  }
});
