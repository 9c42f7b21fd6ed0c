import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { Target } from '../../../../plan/model';
import type { Evidence } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import { type ActionContext, type ActionDefinition, type ActionValidation } from '../../../contract';
import { dryRunFields } from '../fields/dry-run';
import type { Wish } from '../fields/field-action';
import { verifyReadBack } from '../fields/read-back';
import { retryConflicts } from '../fields/retry-conflicts';
import { afterValues, restoreFields, setFields, type FieldImage } from '../fields/set-fields';
import { otherWriters } from '../target/other-writers';
import { preflightOrAbsent, refuseIf } from '../target/preflight';
import { resolvedTarget, targetOf } from '../target/read-target';
import { createExactly, deleteCreated, dryRunCreate, verifyCreated } from './created-object';

/** `manifest`: there was no such object, and this one is created. Else the fields that change. */
export type CreatableImage = FieldImage & { manifest?: JsonObject };
export type CreatableValidation = ActionValidation<CreatableImage>;

/** What an action wants in place of an object that is not there. */
export interface NewObject extends Omit<Wish, 'set' | 'guards'> {
  /** Apart from apiVersion, kind, name and namespace, which are the target's. */
  content: { metadata?: JsonObject; spec: JsonObject };
}

export interface ChangeOrCreate<P> extends Pick<ActionDefinition<P>, 'permissions' | 'targetKinds'> {
  /** Of the one kind it is for; other groups may have a kind of the same name. */
  apiVersion: string;
  /** Which fields of the present object become what. */
  change(ctx: ActionContext, object: KubeObject, params: P): Promise<Wish>;
  /** The object to create. A text says which params that would need: then there is nothing to change (`TARGET_NOT_FOUND`). */
  create(ctx: ActionContext, target: Target, params: P): Promise<NewObject | string>;
}

type Phases<P> = Required<
  Pick<ActionDefinition<P, CreatableImage>, 'validate' | 'execute' | 'rollback'> & {
    verify(ctx: ActionContext, validation: CreatableValidation): Promise<Evidence>;
  }
>;

/** The phases of an action that sets fields of one object, or creates it when it is not there; the undo restores or deletes. */
export function changeOrCreate<P>(action: ChangeOrCreate<P>): Phases<P> {
  const { apiVersion } = action;
  return {
    validate(ctx, step) {
      const target: Target = { apiVersion, ...targetOf(step) };
      return retryConflicts(ctx, async () => {
        const object = await preflightOrAbsent(ctx, target, action);
        if (!object) return validateNew(ctx, target, await action.create(ctx, target, step.params));
        const { summary, problems = [], warnings = [], ...wish } = await action.change(ctx, object, step.params);
        refuseIf(target, problems);
        const { before, diff } = await dryRunFields(ctx, object, wish);
        const others = otherWriters(
          object,
          diff.map(({ path }) => path),
        );
        const resolved = resolvedTarget(target, object);
        return {
          target: resolved,
          before,
          diff,
          warnings: [...warnings, ...others],
          summary,
          noEffect: diff.length === 0,
        };
      });
    },

    async execute(ctx, _step, validation) {
      const { summary, before, diff } = validation;
      if (before.manifest) {
        const { metadata } = await createExactly(ctx, createdTarget(validation), before.manifest);
        return { changed: true, summary, data: { created: true, uid: metadata.uid } };
      }
      const { changed } = await setFields(ctx, validation);
      const data = { created: false, fields: afterValues(diff) };
      return { changed, summary: changed ? summary : `${summary}: already so`, data };
    },

    verify(ctx, validation) {
      const { manifest } = validation.before;
      return manifest ? verifyCreated(ctx, createdTarget(validation), manifest) : verifyReadBack(ctx, validation);
    },

    async rollback(ctx, _step, validation, effect) {
      const { manifest } = validation.before;
      return manifest
        ? deleteCreated(ctx, createdTarget(validation), manifest, effect)
        : restoreFields(ctx, validation);
    },
  };
}

async function validateNew(
  ctx: ActionContext,
  target: Target,
  wanted: NewObject | string,
): Promise<CreatableValidation> {
  if (typeof wanted === 'string') {
    throw new KubernautError('TARGET_NOT_FOUND', `${describeRef(target)} does not exist; to create it, ${wanted}`);
  }
  const { content, summary, problems = [], warnings = [] } = wanted;
  refuseIf(target, problems);
  const { cluster, apiVersion = '', kind, name, namespace } = target;
  const place = { name, ...(namespace !== undefined && { namespace }) };
  const wished = { apiVersion, kind, ...content, metadata: { ...content.metadata, ...place } };
  const manifest = await dryRunCreate(ctx, wished);
  return {
    target: { cluster, apiVersion, kind, ...place },
    before: { fields: [], guards: [], stamp: '', manifest },
    diff: [{ path: '', after: manifest }],
    warnings,
    summary,
    noEffect: false,
  };
}

function createdTarget({ target }: CreatableValidation): Target {
  if (target) return target;
  throw new KubernautError('INTERNAL', 'the validation carries no target');
}
