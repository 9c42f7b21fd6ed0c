import { createRegistry } from '../actions';
import { loadPlugins } from '../plugins';
import { checkIds, checks } from './checks';
import { FindingState, type Finding } from './findings';
import { findFixtures } from './find-fixtures';
import { runConformance, type ConformanceOptions } from './run-conformance';

/** What is used of a test runner; jest and vitest have them as globals. */
export interface TestFunctions {
  describe(name: string, define: () => void): void;
  test(name: string, run: () => void | Promise<void>): void;
  beforeAll(run: () => Promise<void>, timeoutMs: number): void;
}

export interface ConformanceTestOptions extends Omit<ConformanceOptions, 'registry' | 'fixtures' | 'onAction'> {
  /** A plugin's module, absolute path or package name: its actions are proven. Absent: the built-in ones. */
  plugin?: string;
  /** For all journeys together, in milliseconds. Default 300,000. */
  timeoutMs?: number;
  /** Default: the globals of jest. */
  runner?: TestFunctions;
}

/** One test for each promise of each action; a check that does not apply passes. */
export function testConformance(options: ConformanceTestOptions): void {
  const { plugin, timeoutMs = 300_000, runner = globalThis as unknown as TestFunctions, ...rest } = options;
  const registry = createRegistry();
  const plugins = loadPlugins(registry, plugin === undefined ? [] : [plugin]);
  const fixtures = plugins.length > 0 ? plugins.flatMap(({ conformance = [] }) => conformance) : findFixtures();
  const own = plugins.flatMap(({ actions }) => actions.map(({ name }) => name));
  const actions = options.actions ?? (plugins.length > 0 ? own : registry.names());
  let findings: readonly Finding[] = [];
  runner.describe('conformance', () => {
    runner.beforeAll(async () => {
      findings = await runConformance({ ...rest, registry, fixtures, actions });
    }, timeoutMs);
    for (const action of actions) {
      for (const check of checkIds) {
        runner.test(`${action}: ${checks[check]}`, () => {
          const finding = findings.find((each) => each.action === action && each.check === check);
          if (finding?.state === FindingState.passed || finding?.state === FindingState.notApplicable) return;
          throw new Error(finding?.reason ?? 'the conformance kit came to no finding');
        });
      }
    }
  });
}
