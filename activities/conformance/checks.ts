/** What the kit proves of every action; the order is that of the report. */
export const checks = {
  definition: 'the definition keeps to its own promises and has examples that fit its schema',
  'validate-changes-nothing':
    'validate changes nothing: no object of the namespace, not the target, only reads and dry-runs',
  'execute-once': 'execute twice makes one change',
  'lost-result': 'execute whose answer was lost, and again as a second attempt, makes one change',
  'verify-proves': 'verify proves the effect after execute',
  'verify-refutes': 'verify refutes when the effect is taken away',
  'rollback-restores': 'rollback restores what was declared, byte for byte',
  'rollback-twice': 'a second rollback changes nothing',
  'rollback-unknown': 'rollback is right without knowing whether execute ran',
  'rollback-unneeded': 'rollback when execute never ran changes nothing',
  'foreign-change': 'a later change by somebody else is left alone: UNDO_CONFLICT',
  'stale-plan': 'a change by somebody else between validate and execute is not overwritten: TARGET_CHANGED',
  'another-object': 'another object under the same name is refused: TARGET_REPLACED',
  'missing-object': 'a missing target is refused by its right name: TARGET_NOT_FOUND',
  'bad-params': 'a parameter that does not exist is refused: PARAMS_INVALID',
  'other-writers': 'whoever keeps its target (Argo CD, Flux, Helm) and may undo the change is named in the preview',
  'permissions-suffice': 'the declared permissions suffice',
  'permissions-used': 'every declared permission is used',
  'permissions-needed': 'each permission taken away is noticed in validate: FORBIDDEN',
  errors: 'every error is a code of the catalogue, none is INTERNAL',
  outputs: 'every output is small, plain JSON, and carries no secret value',
} as const satisfies Record<string, string>;

export type CheckId = keyof typeof checks;
export const checkIds = Object.keys(checks) as CheckId[];
