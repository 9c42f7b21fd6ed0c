import type { Json, JsonObject } from './json';
import { valueAt, type DocumentPath } from './problem';
import { parseTarget } from './target-text';

/**
 * A step as far as it can be made out in a document that may be broken in any way: one broken step must not hide what is
 * wrong with the others, so all checks but the schema's read this.
 */
export interface StepSketch {
  /** `['spec', 'steps', i]`. */
  at: DocumentPath;
  raw: JsonObject;
  /** Stands in for an id that is missing or no text, so that later steps keep their implicit dependency. */
  id: string;
  hasId: boolean;
  dependsOn: string[];
  /** Whether `dependsOn` stands in the document; else it is the step before. */
  dependsOnWritten: boolean;
}

export interface PlanSketch {
  /** As written in the document; absent: the default. */
  timeout?: Json;
  approval?: Json;
  steps: StepSketch[];
}

export function sketchPlan(document: Json): PlanSketch {
  const list = valueAt(document, ['spec', 'steps']);
  const steps: StepSketch[] = [];
  for (const [index, item] of (Array.isArray(list) ? (list as Json[]) : []).entries()) {
    const raw = asObject(item);
    const id = typeof raw.id === 'string' && raw.id !== '' ? raw.id : undefined;
    const previous = steps.at(-1);
    steps.push({
      at: ['spec', 'steps', index],
      raw,
      id: id ?? `#${index}`,
      hasId: id !== undefined,
      dependsOn: Array.isArray(raw.dependsOn)
        ? raw.dependsOn.filter((other) => typeof other === 'string')
        : previous
          ? [previous.id]
          : [],
      dependsOnWritten: Array.isArray(raw.dependsOn),
    });
  }
  const timeout = valueAt(document, ['spec', 'timeout']) as Json | undefined;
  const approval = valueAt(document, ['spec', 'approval']) as Json | undefined;
  return { steps, ...(timeout !== undefined && { timeout }), ...(approval !== undefined && { approval }) };
}

/** A step's action with what it is called on: the step's own, or that of its explicit rollback. */
export interface CallSketch {
  at: DocumentPath;
  raw: JsonObject;
  /** The explicit rollback of a step; its target defaults to the step's. */
  compensates: boolean;
}

export function callsOf(step: StepSketch): CallSketch[] {
  const own = { at: step.at, raw: step.raw, compensates: false };
  const rollback = asObject(step.raw.rollback);
  if (rollback.mode === 'step') {
    return [own, { at: [...step.at, 'rollback', 'step'], raw: asObject(rollback.step), compensates: true }];
  }
  if (rollback.action === undefined) return [own];
  return [own, { at: [...step.at, 'rollback'], raw: rollback, compensates: true }];
}

/** One condition of `verify`: written into it, or an item of `verify.checks`. */
export interface CheckSketch {
  at: DocumentPath;
  /** `query`, its bounds and its times, or `alertResolved`. */
  raw: JsonObject;
  /** An item of the list, which must hold exactly one condition. */
  listed: boolean;
}

/** In the order in which they are looked at. */
export function checksOf({ at, raw }: StepSketch): CheckSketch[] {
  const { expect: _, timeout: __, checks, alertResolved, ...query } = asObject(raw.verify);
  const own = { at: [...at, 'verify'], listed: false };
  return [
    ...(Object.keys(query).length > 0 ? [{ ...own, raw: query }] : []),
    ...(alertResolved === undefined ? [] : [{ ...own, raw: { alertResolved } }]),
    ...(Array.isArray(checks) ? checks : []).map((check, index) => ({
      at: [...at, 'verify', 'checks', index],
      raw: asObject(check),
      listed: true,
    })),
  ];
}

export interface TargetSketch {
  kind?: string;
  namespace?: string;
}

/** Undefined when there is no target, or nothing can be made out of it. */
export function sketchTarget(value: Json | undefined): TargetSketch | undefined {
  if (typeof value === 'string') return parseTarget(value);
  if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return {
    ...(typeof value.kind === 'string' && { kind: value.kind }),
    ...(typeof value.namespace === 'string' && { namespace: value.namespace }),
  };
}

/** The value as an object; an empty one when it is none. */
export function asObject(value: Json | undefined): JsonObject {
  return value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
