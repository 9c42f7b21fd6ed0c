/**
 * `kubernaut/conformance`: proves that actions keep their promises on a real API server. For tests of plugins, with jest or any
 * runner that has `describe`, `test` and `beforeAll`:
 *
 * ```ts
 * import { testConformance } from 'kubernaut/conformance';
 * testConformance({ plugin: './my-plugin', cluster: { kubeconfig: process.env.TEST_KUBECONFIG } });
 * ```
 *
 * @packageDocumentation
 */
export {
  checkIds,
  checks,
  defineFixture,
  findFixtures,
  FindingState,
  NotApplicable,
  runConformance,
  type CheckId,
  type ConformanceFixture,
  type ConformanceOptions,
  type Finding,
  type Stage,
  type Staged,
} from './activities/conformance';
export {
  testConformance,
  type ConformanceTestOptions,
  type TestFunctions,
} from './activities/conformance/test-conformance';
