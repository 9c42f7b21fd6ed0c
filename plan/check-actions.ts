import type { ActionCatalog, ParamsProblem } from './action-catalog';
import { didYouMean } from './close-names';
import type { Json } from './json';
import { ProblemCode, type Finding } from './problem';
import { asObject, callsOf, sketchTarget, type CallSketch, type PlanSketch, type StepSketch } from './sketch';
import { hasTemplate } from './template';

/** Every action named must exist, take such a target and such params; explicit rollbacks included. */
export function checkActions({ steps }: PlanSketch, catalog: ActionCatalog): Finding[] {
  return steps.flatMap((step) => [
    ...checkTemporary(step, catalog),
    ...callsOf(step).flatMap((call) => {
      const { action } = call.raw;
      if (typeof action !== 'string') return [];
      if (!catalog.has(action)) return [unknownAction(call, action, catalog)];
      const asks = checkAsking(call, action, catalog);
      const inherited = call.compensates ? step.raw.target : undefined;
      return [...asks, ...checkTarget(call, action, catalog, inherited), ...checkParams(call, action, catalog)];
    }),
  ]);
}

/** An action that always asks a person stands where a person can be asked, once. */
function checkAsking({ at, raw, compensates }: CallSketch, action: string, catalog: ActionCatalog): Finding[] {
  if (catalog.meta?.(action)?.approval !== 'always') return [];
  const refuse = (key: string, message: string, remedy: string) => [
    { at: [...at, key], code: ProblemCode.invalidValue, message, remedy },
  ];
  if (compensates) {
    return refuse(
      'action',
      `${action} waits for a person, which no undo does`,
      'rollbackStrategy: manual asks before the undo.',
    );
  }
  if (raw.forEach === undefined) return [];
  return refuse(
    'forEach',
    `${action} in a loop would ask the same once for each item`,
    'Put it into a step before the loop.',
  );
}

/** What is to be undone at the end must have an undo. */
function checkTemporary({ at, raw }: StepSketch, catalog: ActionCatalog): Finding[] {
  if (raw.temporary === undefined || raw.temporary === false || asObject(raw.rollback).action !== undefined) return [];
  const meta = typeof raw.action === 'string' && catalog.has(raw.action) ? catalog.meta?.(raw.action) : undefined;
  const none = raw.rollback === 'none' || asObject(raw.rollback).mode === 'none';
  const hasUndo = meta === undefined || (!meta.readOnly && meta.reversibility !== 'irreversible');
  if (hasUndo && !none) return [];
  const message = none
    ? 'the step is temporary, but says not to undo it'
    : `${meta?.name} has no undo, so it cannot be temporary`;
  const remedy = 'Remove temporary, or give the step an explicit rollback.';
  return [{ at: [...at, 'temporary'], code: ProblemCode.temporaryNotUndoable, message, remedy }];
}

function unknownAction(call: CallSketch, action: string, catalog: ActionCatalog): Finding {
  return {
    at: [...call.at, 'action'],
    code: ProblemCode.unknownAction,
    message: `there is no action ${action}`,
    remedy: didYouMean(action, catalog.names(), '`kubernaut actions` lists the registered actions.'),
  };
}

/** @param inherited the target of the step, which an explicit rollback without one acts on */
function checkTarget(call: CallSketch, action: string, catalog: ActionCatalog, inherited: Json | undefined): Finding[] {
  const kinds = catalog.meta?.(action)?.targetKinds;
  if (kinds === undefined) return [];
  const written = call.raw.target;
  const at = [...call.at, 'target'];
  if (kinds.length === 0) {
    if (written === undefined) return [];
    return [
      { at, code: ProblemCode.targetUnexpected, message: `${action} takes no target`, remedy: 'Remove the target.' },
    ];
  }
  if (written === undefined && inherited === undefined) {
    const remedy = `Add one of kind ${kinds.join(' or ')}, e.g. target: ${example(kinds[0]!)}`;
    return [{ at, code: ProblemCode.targetMissing, message: `${action} needs a target`, remedy }];
  }
  const kind = sketchTarget(written ?? inherited)?.kind;
  if (kind === undefined || kinds.includes(kind)) return [];
  const remedy = didYouMean(kind, kinds, `It takes ${kinds.join(', ')}.`);
  return [{ at, code: ProblemCode.targetKind, message: `${action} does not take a ${kind}`, remedy }];
}

const example = (kind: string) => (kind === 'Node' ? 'Node/node-1' : `${kind}/shop/web`);

/**
 * A templated param has no type before it is rendered, so nothing that concerns its value counts: problems at its place,
 * below it (the text is no object yet), and above it (a union or a rule over several fields may fail only because of it).
 * What stays are the problems of literal params. Rendered params are checked in full when the step is validated.
 */
function checkParams(call: CallSketch, action: string, catalog: ActionCatalog): Finding[] {
  if (catalog.checkParams === undefined) return [];
  const params = call.raw.params ?? {};
  if (params !== asObject(params) && call.raw.params !== undefined) return []; // The schema says so.
  const templated = templatedPaths(params, '');
  return catalog
    .checkParams(action, params)
    .filter(({ path }) => !isOpen(path, templated))
    .map((problem) => paramsFinding(call, action, params, problem));
}

function paramsFinding(call: CallSketch, action: string, params: Json, { path, message }: ParamsProblem): Finding {
  return {
    at: [...call.at, 'params', ...keysOf(path, params)],
    code: ProblemCode.paramsInvalid,
    message: `${action}: ${message}`,
    remedy: `\`kubernaut actions ${action}\` shows the parameters.`,
  };
}

/** A problem of params that a template may yet mend counts for nothing: see `checkParams`. */
export function isOpen(path: string, templated: readonly string[]): boolean {
  return templated.some((other) => isWithin(path, other) || isWithin(other, path));
}

/** JSON pointers of the strings that hold templates. */
export function templatedPaths(value: Json, pointer: string): string[] {
  if (typeof value === 'string') return hasTemplate(value) ? [pointer] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => templatedPaths(item, `${pointer}/${key}`));
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`);
}

/** Keys of a JSON pointer; numbers where it goes through a list. */
export function keysOf(pointer: string, params: Json): Array<string | number> {
  let value: Json | undefined = params;
  return pointer
    .split('/')
    .slice(1)
    .map((key) => {
      const index = Array.isArray(value);
      value = Array.isArray(value) ? value[Number(key)] : asObject(value)[key];
      return index ? Number(key) : key;
    });
}
