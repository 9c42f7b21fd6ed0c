import { nodeScenarios } from './nodes';
import { objectScenarios } from './objects';
import type { Scenario } from './scenario';
import { workloadScenarios } from './workloads';

export const allScenarios: readonly Scenario[] = [...workloadScenarios, ...nodeScenarios, ...objectScenarios];
