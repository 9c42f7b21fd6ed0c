import { parseTarget } from '../../plan/target-text';
import { Outcome, StepStatus } from '../../plan/outcome';
import { Phase } from '../../plan/step-io';
import { AuditKind, type AuditRecord, AuditStatus, type AuditStep } from '../../activities/audit/reader/audit-record';

/**
 * What became of a step that was tried. `undone`: it worked, and was taken back because of something else. `refused`: its
 * validate said no before anything was done. `failed`: what it did, or tried, was not what was meant.
 */
export const StepEnd = {
  succeeded: 'succeeded',
  undone: 'undone',
  failed: 'failed',
  noEffect: 'no_effect',
  refused: 'refused',
} as const;
export type StepEnd = (typeof StepEnd)[keyof typeof StepEnd];

export interface EndedStep {
  action: string;
  /** Absent: the action has no target. */
  kind?: string;
  namespace?: string;
  end: StepEnd;
}

/** The steps of an ended remediation that were tried, from its audit; steps that were skipped or never came up are left out. */
export function stepResults(records: readonly AuditRecord[]): EndedStep[] {
  const ended = records.findLast(({ kind }) => kind === AuditKind.ended);
  const targets = new Map<string, string>();
  const executed = new Set<string>();
  const refused = new Set<string>();
  for (const { kind, status, steps = [], step, target, phase, part } of records) {
    if (kind === AuditKind.check) for (const each of steps) if (each.target) targets.set(each.id, each.target);
    if (kind !== AuditKind.activity || step === undefined || part !== undefined) continue;
    if (target !== undefined) targets.set(step, target);
    if (phase === Phase.execute) executed.add(step);
    if (phase === Phase.validate && status === AuditStatus.failed) refused.add(step);
  }
  // A plan that is found to be refused, or without anything to do, ends before the turn of any step.
  const unbegun = (id: string): StepEnd | undefined => {
    if (refused.has(id)) return StepEnd.refused;
    return ended?.what === Outcome.noEffect ? StepEnd.noEffect : undefined;
  };
  return (ended?.steps ?? []).flatMap((step) => {
    const end =
      endOf(step, executed.has(step.id)) ?? (step.status === StepStatus.pending ? unbegun(step.id) : undefined);
    return end === undefined ? [] : [{ action: step.action, ...placeOf(targets.get(step.id)), end }];
  });
}

function endOf({ status, error }: AuditStep, executed: boolean): StepEnd | undefined {
  switch (status) {
    case StepStatus.succeeded:
      return StepEnd.succeeded;
    case StepStatus.noEffect:
      return StepEnd.noEffect;
    case StepStatus.failed:
      return executed ? StepEnd.failed : StepEnd.refused;
    case StepStatus.undone:
    case StepStatus.undoFailed:
      // The undo keeps the reason for which the step itself failed.
      return error === undefined ? StepEnd.undone : StepEnd.failed;
    default:
      return undefined;
  }
}

/** Audit records name the cluster in front: `prod: Deployment/shop/web`. */
function placeOf(target: string | undefined): Pick<EndedStep, 'kind' | 'namespace'> {
  const parsed = target === undefined ? undefined : parseTarget(target.slice(target.indexOf(': ') + 1).trim());
  if (parsed === undefined) return {};
  return { kind: parsed.kind, ...(parsed.namespace !== undefined && { namespace: parsed.namespace }) };
}
