/** What can be wrong with a plan. Codes are stable: tools and tests know a problem by its code and path. */
export const ProblemCode = {
  // — the text
  tooLarge: 'TOO_LARGE',
  syntax: 'SYNTAX',
  duplicateKey: 'DUPLICATE_KEY',
  multipleDocuments: 'MULTIPLE_DOCUMENTS',
  notJson: 'NOT_JSON',
  // — the form
  missing: 'MISSING',
  unknownKey: 'UNKNOWN_KEY',
  wrongType: 'WRONG_TYPE',
  invalidValue: 'INVALID_VALUE',
  tooManySteps: 'TOO_MANY_STEPS',
  // — the graph
  duplicateId: 'DUPLICATE_ID',
  unknownStep: 'UNKNOWN_STEP',
  cycle: 'CYCLE',
  // — expressions
  expressionInvalid: 'EXPRESSION_INVALID',
  unknownReference: 'UNKNOWN_REFERENCE',
  forwardReference: 'FORWARD_REFERENCE',
  // — actions and targets
  unknownAction: 'UNKNOWN_ACTION',
  paramsInvalid: 'PARAMS_INVALID',
  targetMissing: 'TARGET_MISSING',
  targetUnexpected: 'TARGET_UNEXPECTED',
  targetKind: 'TARGET_KIND',
  targetNamespace: 'TARGET_NAMESPACE',
  temporaryNotUndoable: 'TEMPORARY_NOT_UNDOABLE',
  /** Not a problem by itself: more were found than are listed. */
  more: 'MORE_PROBLEMS',
} as const;
export type ProblemCode = (typeof ProblemCode)[keyof typeof ProblemCode];

/** What deserves a look but refuses nothing. */
export const WarningCode = {
  timeoutBeyondPlan: 'TIMEOUT_BEYOND_PLAN',
  deadlineBeyondPlan: 'DEADLINE_BEYOND_PLAN',
  verifyBeyondStep: 'VERIFY_BEYOND_STEP',
  cannotUndo: 'CANNOT_UNDO',
  criticalContinues: 'CRITICAL_CONTINUES',
} as const;
export type WarningCode = (typeof WarningCode)[keyof typeof WarningCode];

/** Keys and list indices from the document's root. */
export type DocumentPath = ReadonlyArray<string | number>;

/** One problem, with what to do about it. */
export interface PlanProblem {
  /** `spec.steps[3].dependsOn[0]`; empty for the document as a whole. */
  path: string;
  code: ProblemCode;
  message: string;
  remedy: string;
  /** Position in the text, from 1; absent when the plan was not parsed from text. */
  line?: number;
  column?: number;
}

export interface PlanWarning extends Omit<PlanProblem, 'code'> {
  code: WarningCode;
}

/** A problem or warning as the checks report it; `at` can still be looked up in the source. */
export interface Finding<Code extends string = ProblemCode> {
  at: DocumentPath;
  code: Code;
  message: string;
  remedy: string;
}

/** `['spec', 'steps', 3, 'params', 'a.b']` → `spec.steps[3].params["a.b"]`. */
export function formatPath(at: DocumentPath): string {
  return at.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (key.length > 100) return `${text}[${JSON.stringify(`${key.slice(0, 100)}…`)}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** The value at the path, or undefined when there is none. */
export function valueAt(document: unknown, at: DocumentPath): unknown {
  let value = document;
  for (const key of at) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
