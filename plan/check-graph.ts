import { didYouMean } from './close-names';
import { findCycles } from './graph';
import { ProblemCode, formatPath, type Finding } from './problem';
import type { PlanSketch, StepSketch } from './sketch';

/** Duplicate ids, dependencies on steps that do not exist, cycles. */
export function checkGraph({ steps }: PlanSketch): Finding[] {
  const first = new Map<string, StepSketch>();
  const found: Finding[] = [];
  for (const step of steps) {
    const other = first.get(step.id);
    if (other === undefined) first.set(step.id, step);
    else found.push(duplicate(step, other));
  }
  for (const step of steps) {
    if (!step.dependsOnWritten) continue;
    (step.raw.dependsOn as unknown[]).forEach((id, index) => {
      if (typeof id === 'string' && !first.has(id)) found.push(unknownStep(step, index, id, [...first.values()]));
    });
  }
  return [...found, ...findCycles(steps).map((cycle) => cycleFinding(cycle, first))];
}

function duplicate(step: StepSketch, other: StepSketch): Finding {
  return {
    at: [...step.at, 'id'],
    code: ProblemCode.duplicateId,
    message: `step id ${step.id} is taken by ${formatPath(other.at)}`,
    remedy: 'Give each step an id of its own.',
  };
}

function unknownStep(step: StepSketch, index: number, id: string, steps: StepSketch[]): Finding {
  const ids = steps.filter(({ hasId }) => hasId).map((other) => other.id);
  return {
    at: [...step.at, 'dependsOn', index],
    code: ProblemCode.unknownStep,
    message: `there is no step ${id}`,
    remedy: didYouMean(id, ids, 'Add the step, or remove the dependency.'),
  };
}

function cycleFinding(cycle: string[], byId: ReadonlyMap<string, StepSketch>): Finding {
  const implied = cycle.map((id) => byId.get(id)!).find((step) => !step.dependsOnWritten);
  const hint = implied
    ? ` ${implied.id} names no dependsOn, so it waits for the step before it; write dependsOn: [] to let it start at once.`
    : '';
  const step = byId.get(cycle[0]!)!;
  return {
    at: step.dependsOnWritten ? [...step.at, 'dependsOn'] : step.at,
    code: ProblemCode.cycle,
    message: `these steps wait for each other: ${cycle.join(' → ')}`,
    remedy: `Remove one of these dependencies.${hint}`,
  };
}
