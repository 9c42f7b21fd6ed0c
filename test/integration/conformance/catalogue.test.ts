import { spawnSync } from 'node:child_process';
import { checkIds, type CheckId, type Finding } from '../../../activities/conformance';
import { loadCatalogue, proveCatalogue } from '../../../tools/conformance/catalogue';
import { testEnvironment } from '../../setup';
import { openPlanRunner } from './plan-runner';

/** Without these nothing was seen to happen: a fixture may say that others do not apply, but not that these do not. */
const core: readonly CheckId[] = ['definition', 'validate-changes-nothing', 'execute-once', 'verify-proves'];

/** Scripts run in a sandbox or not at all. */
const hasSandbox = spawnSync('bwrap', ['--version']).status === 0;
const provable = (action: string) => (hasSandbox || !action.startsWith('script') ? test : test.skip);

describe('The conformance of the whole catalogue', () => {
  const catalogue = loadCatalogue();
  let findings: readonly Finding[] = [];
  beforeAll(async () => {
    const { runner, close } = await openPlanRunner();
    try {
      findings = await proveCatalogue(testEnvironment(), { catalogue, plans: runner });
    } finally {
      await close();
    }
  }, 900_000);

  // From the registry, not from the fixtures: an action without a fixture fails here.
  for (const action of catalogue.registry.names()) {
    provable(action)(`${action} keeps its promises`, () => {
      const own = findings.filter((each) => each.action === action);
      expect(own.filter(({ state }) => state === 'failed')).toEqual([]);
      expect(own.map(({ check }) => check)).toEqual(checkIds);
      expect(own.filter(({ check, state }) => core.includes(check) && state !== 'passed')).toEqual([]);
    });
  }
});
