import { closeNames, didYouMean } from './close-names';
import { ProblemCode, type DocumentPath, type Finding } from './problem';

/**
 * What `steps.<id>` has: how it ended (`status`), the data of its effect and evidence, its error. `items`: one of these for
 * each item of a forEach step. Must be what `plan/core/expressions.ts` provides.
 */
export const STEP_FIELDS = ['status', 'effect', 'evidence', 'error', 'items'] as const;
/** What `plan` has. */
export const PLAN_FIELDS = ['name', 'reason', 'requester', 'incident', 'labels', 'cluster'] as const;

/** What an expression at one place may read. */
export interface ReferenceScope {
  /** Id of the step it stands in. */
  step: string;
  /** All step ids of the plan. */
  ids: ReadonlySet<string>;
  /** Steps that have ended when the expression is evaluated. */
  ended: ReadonlySet<string>;
  /** The step itself has ended too: its explicit rollback. */
  after: boolean;
  /** `evidence` and `effect` of the step itself: `verify.expect`. */
  ownOutputs: boolean;
  /** Present in steps with forEach. */
  loopVariable?: string;
  /** Whether the loop variable has a value here. */
  perItem: boolean;
}

export function checkReference(path: readonly string[], at: DocumentPath, scope: ReferenceScope): Finding[] {
  const [root, ...keys] = path;
  if (root === undefined) return [];
  if (root === 'steps') return stepReference(keys, at, scope);
  if (root === 'plan') return field('plan', keys[0], PLAN_FIELDS, at);
  if (scope.ownOutputs && (root === 'evidence' || root === 'effect')) return [];
  if (root === scope.loopVariable) {
    if (scope.perItem) return [];
    const remedy = 'forEach.in is evaluated once, before there are items; put a condition on the item into when.';
    return [unknown(at, `${root} has no value here`, remedy)];
  }
  return [unknown(at, `there is no variable ${root}`, variableRemedy(root, scope))];
}

function stepReference([id, key]: string[], at: DocumentPath, scope: ReferenceScope): Finding[] {
  if (id === undefined)
    return [
      unknown(at, 'steps is read as a whole or with a computed id', 'Name the step: steps.<id> or steps["<id>"].'),
    ];
  if (!scope.ids.has(id)) {
    const otherwise = 'Name a step of this plan.';
    return [unknown(at, `there is no step ${id}`, dashedRemedy(id, scope) ?? didYouMean(id, scope.ids, otherwise))];
  }
  const itself = id === scope.step;
  if (itself && !scope.after) {
    const remedy = scope.ownOutputs
      ? 'Write evidence.… or effect.… for the step’s own outputs.'
      : 'Only verify.expect and rollback can look at the step itself.';
    return [
      { at, code: ProblemCode.forwardReference, message: `step ${id} reads its own outputs before it has any`, remedy },
    ];
  }
  if (!itself && !scope.ended.has(id)) {
    const message = `step ${id} may not have ended when ${scope.step} starts`;
    return [{ at, code: ProblemCode.forwardReference, message, remedy: `Add ${id} to dependsOn of ${scope.step}.` }];
  }
  return field(`steps.${id}`, key, STEP_FIELDS, at);
}

function field(of: string, key: string | undefined, known: readonly string[], at: DocumentPath): Finding[] {
  if (key === undefined || known.includes(key)) return [];
  return [unknown(at, `${of} has no ${key}`, didYouMean(key, known, `There are ${known.join(', ')}.`))];
}

function variableRemedy(root: string, scope: ReferenceScope): string {
  const dashed = [...scope.ids].find((id) => id.includes('-') && id.split('-').includes(root));
  if (dashed !== undefined) return `Did you mean steps["${dashed}"]? A dash is a minus sign in CEL.`;
  if (scope.ids.has(root)) return `Did you mean steps.${root}?`;
  if (root === 'evidence' || root === 'effect')
    return `Only verify.expect has ${root}; elsewhere write steps.<id>.${root}.`;
  const variables = [
    'steps',
    'plan',
    ...(scope.ownOutputs ? ['evidence', 'effect'] : []),
    ...(scope.loopVariable ? [scope.loopVariable] : []),
  ];
  const close = closeNames(root, variables);
  return close.length > 0 ? `Did you mean ${close[0]}?` : `There are ${variables.join(', ')}.`;
}

/** `steps.scale-up.effect` parses as a subtraction. */
function dashedRemedy(id: string, scope: ReferenceScope): string | undefined {
  const dashed = [...scope.ids].find((other) => other.startsWith(`${id}-`));
  return dashed === undefined ? undefined : `Did you mean steps["${dashed}"]? A dash is a minus sign in CEL.`;
}

function unknown(at: DocumentPath, message: string, remedy: string): Finding {
  return { at, code: ProblemCode.unknownReference, message, remedy };
}
