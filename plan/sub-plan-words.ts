import { KubernautError, isErrorCode, type ErrorCode } from './errors';
import type { Json, JsonObject } from './json';
import { Outcome, type RemediationResult } from './outcome';
import type { Effect, Evidence, FieldChange, Validation } from './step-io';
import type { SubPlanPreview, SubPlanStands } from './sub-plan';

/** What the end, or the preview, of a sub-plan means for the step that it is in the plan around it. */

/** @param own what the action itself said of its params */
export function validationOf(own: Validation, preview: SubPlanPreview, id: string): Validation {
  const { digest, steps, shortened, guards, asks, nothingToDo } = preview;
  const diff: FieldChange[] = steps.flatMap((step) =>
    step.diff.map((change) => ({ ...change, path: `/${step.id}${change.path}` })),
  );
  // What is not shown is bound all the same.
  if (shortened) diff.push({ path: '/digest', after: digest });
  const warnings = steps.flatMap((step) => step.warnings.map((warning) => `${step.id}: ${warning}`));
  const doing = steps.filter(({ noEffect }) => !noEffect).map((step) => `${step.id}: ${step.summary}`);
  return {
    ...own,
    before: { digest },
    diff,
    warnings: [
      ...own.warnings,
      ...warnings,
      ...(asks ? [`the sub-plan asks for approvals of its own, in its run ${id}`] : []),
      ...(shortened ? ['not all of what the sub-plan would change is shown; preview it by itself'] : []),
    ],
    summary: `${own.summary}${doing.length > 0 ? `: ${shorten(doing)}` : ', nothing to do'}`,
    noEffect: nothingToDo,
    ...(guards.length > 0 && { guards }),
  };
}

function shorten(lines: string[]): string {
  const shown = lines.slice(0, 5).join('; ');
  const more = lines.length > 5 ? `; and ${lines.length - 5} more` : '';
  return `${shown.length > 700 ? `${shown.slice(0, 699)}…` : shown}${more}`;
}

/** Of a dry run that did not come to a preview. */
export function previewProblem(name: string, result: RemediationResult): KubernautError {
  const [first] = result.problems;
  const why = result.problems.map(({ message }) => message).join('; ') || result.reason;
  return new KubernautError(codeOf(first?.code), `sub-plan ${name}: ${why}`.slice(0, 4000), {
    ...(first?.remedy !== undefined && { remedy: first.remedy }),
  });
}

function codeOf(code: string | undefined): ErrorCode {
  return code !== undefined && isErrorCode(code) ? code : 'SUB_PLAN_FAILED';
}

/** It has had its effect, and stands by. */
export function effectOf(name: string, { id, reason, steps, irreversible }: SubPlanStands): Effect {
  const data = { workflowId: id, outcome: Outcome.succeeded, steps: steps as unknown as Json };
  return {
    changed: true,
    summary: `sub-plan ${name}: ${reason}`,
    data,
    ...(irreversible.length > 0 && { irreversible }),
  };
}

/** It has ended well without having changed anything. */
export function idleEffect(name: string, id: string, { outcome, reason, steps }: RemediationResult): Effect {
  const told = steps.slice(0, 100).map((step) => ({
    id: step.id,
    status: step.status,
    ...(step.evidence && { evidence: step.evidence.summary.slice(0, 200) }),
  }));
  return { changed: false, summary: `sub-plan ${name}: ${reason}`, data: { workflowId: id, outcome, steps: told } };
}

/** Each of its steps has been verified in its own run; that run must still stand by, or have ended so. */
export function evidenceOf(effect: Effect | undefined, failed: string | undefined): Evidence {
  const data: JsonObject = effect?.data ?? {};
  if (effect === undefined || failed !== undefined) {
    return { verified: false, summary: failed ?? 'the sub-plan has not been run', data };
  }
  return { verified: true, summary: effect.summary, data };
}

/** It did not have its effect: it was blocked, failed, undone, or told to stop. */
export function failureOf(name: string, id: string, result: RemediationResult): KubernautError {
  const left = leftLines(result);
  const stays = left.length > 0 ? `; left behind: ${left.join('; ')}` : '';
  const message = `sub-plan ${name} ended as ${result.outcome}: ${result.reason}${stays} (${id})`;
  return new KubernautError('SUB_PLAN_FAILED', message.slice(0, 4000));
}

/** Its end, after it was told to undo everything or has done so by itself. @throws {KubernautError} when something could not be undone */
export function undoOf(name: string, id: string, result: RemediationResult, stood: boolean): Effect {
  const left = leftLines(result);
  const { outcome, undone } = result;
  if (outcome === Outcome.rollbackFailed) {
    throw new KubernautError(
      'UNDO_CONFLICT',
      `sub-plan ${name} (${id}), not undone: ${left.join('; ')}`.slice(0, 4000),
    );
  }
  if ((outcome === Outcome.succeeded || outcome === Outcome.noEffect) && stood) {
    const why = 'it was ended by itself, before the plan around it; its effect stays';
    throw new KubernautError('UNDO_IMPOSSIBLE', `sub-plan ${name} (${id}): ${why}`);
  }
  return {
    changed: undone.length > 0,
    summary: `sub-plan ${name}: ${undone.length > 0 ? `undone ${undone.join(', ')}` : 'nothing was left to undo'}`,
    data: { workflowId: id, outcome, undone },
    ...(left.length > 0 && { irreversible: left }),
  };
}

function leftLines({ left }: RemediationResult): string[] {
  return left.slice(0, 100).map(({ step, summary, why }) => `${step}: ${summary} (${why})`);
}
