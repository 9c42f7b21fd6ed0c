export { checkIds, checks, type CheckId } from './checks';
export { FindingState, type Finding } from './findings';
export { findFixtures } from './find-fixtures';
export { defineFixture, NotApplicable, type ConformanceFixture, type Stage, type Staged } from './fixture';
export type { PlanRunEnd, PlanRunner } from './plan-runner';
export { runConformance, type ConformanceOptions } from './run-conformance';
