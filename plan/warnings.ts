import type { ActionCatalog } from './action-catalog';
import { durationMs } from './duration';
import { OnFailure, RollbackStrategy, type RemediationPlan, type Step } from './model';
import { WarningCode, type DocumentPath, type Finding } from './problem';

/** What in a valid plan deserves a second look. */
export function planWarnings({ spec }: RemediationPlan, catalog: ActionCatalog | undefined): Finding<WarningCode>[] {
  const planMs = durationMs(spec.timeout);
  const found: Finding<WarningCode>[] = [];
  const deadline = (at: DocumentPath, approval: Step['approval']) => {
    if (!approval.required || durationMs(approval.deadline) < planMs) return;
    const message = `the plan ends after ${spec.timeout}, before the approval’s deadline of ${approval.deadline}`;
    found.push({
      at,
      code: WarningCode.deadlineBeyondPlan,
      message,
      remedy: 'Raise spec.timeout, or shorten the deadline.',
    });
  };
  deadline(['spec', 'approval'], spec.approval);
  spec.steps.forEach((step, index) => {
    const at = ['spec', 'steps', index];
    deadline([...at, 'approval'], step.approval);
    if (durationMs(step.timeout) > planMs) {
      const message = `the plan ends after ${spec.timeout}, before this step’s timeout of ${step.timeout}`;
      found.push({
        at: [...at, 'timeout'],
        code: WarningCode.timeoutBeyondPlan,
        message,
        remedy: 'Raise spec.timeout, or shorten this one.',
      });
    }
    if (step.verify.timeout !== undefined && durationMs(step.verify.timeout) > durationMs(step.timeout)) {
      const message = `the step ends after ${step.timeout}, before its verification’s timeout of ${step.verify.timeout}`;
      found.push({
        at: [...at, 'verify', 'timeout'],
        code: WarningCode.verifyBeyondStep,
        message,
        remedy: 'Raise the step’s timeout.',
      });
    }
    if (step.critical && step.onFailure === OnFailure.continue) {
      const message = 'a critical step that fails, fails the plan, and yet the plan is to go on';
      found.push({
        at: [...at, 'onFailure'],
        code: WarningCode.criticalContinues,
        message,
        remedy: 'Write critical: false when its failure does not matter.',
      });
    }
    if (spec.rollbackStrategy !== RollbackStrategy.none && cannotUndo(step, catalog)) {
      const message = `${step.action} cannot be undone: when the plan fails later, its effect stays`;
      const remedy = 'Give an explicit rollback step, or write rollback: none to show that this is known.';
      found.push({ at: [...at, 'rollback'], code: WarningCode.cannotUndo, message, remedy });
    }
  });
  return found;
}

function cannotUndo(step: Step, catalog: ActionCatalog | undefined): boolean {
  const meta = catalog?.meta?.(step.action);
  return step.rollback.mode === 'auto' && meta?.reversibility === 'irreversible' && !meta.readOnly;
}
