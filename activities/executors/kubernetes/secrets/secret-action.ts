import { isDeepStrictEqual } from 'node:util';
import { KubernautError } from '../../../../plan/errors';
import type { Target } from '../../../../plan/model';
import type { FieldChange } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import { defineAction, type ActionContext, type ActionDefinition } from '../../../contract';
import { pointer } from '../fields/json-pointer';
import { describeWriters, lastWriterOf, writersOf } from '../fields/managed-fields';
import { addStamp, isStampedBy, isStampedSince, stampOf, withoutStamp } from '../fields/operation-stamp';
import { liftWishes, type FieldWish } from '../fields/recorded-field';
import { retryConflicts } from '../fields/retry-conflicts';
import { fieldPatch, nothingToUndo } from '../fields/set-fields';
import { otherWriters } from '../target/other-writers';
import { preflight, preflightOrAbsent, refuseIf } from '../target/preflight';
import {
  displayName,
  findTarget,
  readTarget,
  refOf,
  refOfObject,
  resolvedTarget,
  targetOf,
  validatedTarget,
} from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { createSecret, previewSecret, undoSecret, verifySecret, type NewSecret } from './create-secret';
import { guarded } from './guarded';
import { hashesOf } from './hash';
import {
  createUndoRecord,
  deleteExpiredRecords,
  deleteUndoRecord,
  findUndoRecord,
  undoSecretName,
} from './undo-secret';
import { dataOf, describeGenerator, generate, readSource, type ValueSource } from './value-source';

/** Hashes only; the values are in the undo record. `after` lacks the keys that are removed or will be generated. */
export type SecretImage = {
  keys: string[];
  before: Record<string, string>;
  after: Record<string, string>;
  stamp: string;
  /** Only when there was no such Secret and one of this type is created. */
  type?: string;
};

export interface SecretWish {
  set: Record<string, ValueSource>;
  remove: string[];
  problems?: string[];
}

type Given =
  | 'executor'
  | 'clusterScoped'
  | 'readOnly'
  | 'reversibility'
  | 'targetKinds'
  | 'permissions'
  | 'validate'
  | 'execute'
  | 'verify'
  | 'rollback';

export interface SecretAction<P> extends Omit<ActionDefinition<P, SecretImage>, Given> {
  wish(ctx: ActionContext, secret: KubeObject, params: P): SecretWish | Promise<SecretWish>;
  /** What a Secret that does not exist shall be. Absent: it must exist. */
  create?(ctx: ActionContext, target: Target, params: P): Promise<NewSecret>;
}

/**
 * An action that changes keys of a Secret. Values never leave the worker but to the cluster: in validation, effect, evidence
 * and errors there are keys and hashes; see `undo-secret.ts` for where the old values are.
 */
export function secretAction<P>({ wish, create, ...definition }: SecretAction<P>): ActionDefinition {
  const whole = {
    ...definition,
    targetKinds: ['Secret'],
    permissions: [{ apiGroup: '', resource: 'secrets', verbs: ['get', 'list', 'create', 'patch', 'delete'] as const }],
  };
  return defineAction<P, SecretImage>({
    ...whole,
    executor: 'kubernetes',
    clusterScoped: true,
    readOnly: false,
    reversibility: 'reversible',

    validate(ctx, step) {
      const target = targetOf(step);
      return retryConflicts(ctx, async () => {
        const secret = await (create ? preflightOrAbsent : preflight)(ctx, target, whole);
        if (!secret) return previewSecret(ctx, target, await create!(ctx, target, step.params));
        const { set, remove, problems = [] } = await wish(ctx, secret, step.params);
        refuseIf(target, [...problems, ...refusals(secret)]);
        const keys = [...Object.keys(set), ...remove].sort();
        const known = await readKnown(ctx, set, secret);
        const before = await hashesOf(secret.metadata, dataOf(secret), keys);
        const after = await hashesOf(secret.metadata, known, keys);
        const diff = keys.flatMap((key): FieldChange[] => {
          const source = set[key];
          const to = source && 'generate' in source ? describeGenerator(source.generate) : after[key];
          return before[key] === to ? [] : [{ path: pointer('data', key), before: before[key], after: to }];
        });
        if (diff.length > 0) {
          const values = { ...known, ...generated(set) };
          await guarded(values, async () => {
            await createUndoRecord(ctx, secret, { before: {}, after: {} }, { dryRun: true });
            await ctx.cluster.patch(refOfObject(secret), patchOf(ctx, secret, keys, values), { dryRun: true });
          });
        }
        const name = displayName(secret.metadata);
        return {
          target: resolvedTarget(target, secret),
          before: { keys, before, after, stamp: stampOf(secret) },
          diff,
          warnings: [
            ...otherWriters(
              secret,
              diff.map(({ path }) => path),
            ),
            'pods that read it into their environment see the change only after restart_workload',
          ],
          summary: `secret ${name}: ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ' …' : ''}`,
          noEffect: diff.length === 0,
        };
      });
    },

    async execute(ctx, step, validation) {
      if (create && validation.before.type !== undefined)
        return createSecret(ctx, validation, (target) => create(ctx, target, step.params));
      const target = validatedTarget(validation);
      const { keys, before, after, stamp } = validation.before;
      return retryConflicts(ctx, async () => {
        const secret = await readTarget(ctx, target);
        const asBefore = isDeepStrictEqual(await hashesOf(target, dataOf(secret), keys), before);
        const data = { keys, undo: undoSecretName(ctx.operationId) };
        if (validation.noEffect && asBefore)
          return { changed: false, summary: `${validation.summary}: already so`, data: { keys } };
        const record = await findUndoRecord(ctx, secret);
        const done = { changed: true, summary: validation.summary, data };
        if (record && holdsValues(secret, keys, record.after) && isStampedBy(secret, ctx.operationId)) return done;
        if (!asBefore) throw changed('TARGET_CHANGED', target, secret, keys);
        if (isStampedSince(secret, ctx.operationId, stamp)) throw changed('TARGET_CHANGED', target, secret, keys);
        const values = record?.after ?? (await makeValues());
        await guarded(values, async () => {
          if (!record) await createUndoRecord(ctx, secret, { before: pick(dataOf(secret), keys), after: values });
          await ctx.cluster.patch(refOf(target), patchOf(ctx, secret, keys, values));
        });
        await deleteExpiredRecords(ctx, target.namespace);
        return done;

        async function makeValues(): Promise<Record<string, string>> {
          const { set } = await wish(ctx, secret, step.params);
          const known = await readKnown(ctx, set, secret);
          // What was approved is what the source held then.
          if (!isDeepStrictEqual(await hashesOf(target, known, keys), after)) {
            throw new KubernautError(
              'TARGET_CHANGED',
              `${describeRef(target)}: the source of a value was changed meanwhile`,
            );
          }
          return { ...known, ...generated(set) };
        }
      });
    },

    /** True when every key reads back as written: by the kept record, so that generated values are proven too. */
    async verify(ctx, _step, validation) {
      if (validation.before.type !== undefined) return verifySecret(ctx, validation);
      const target = validatedTarget(validation);
      const { keys, after } = validation.before;
      const secret = await readTarget(ctx, target);
      const record = await findUndoRecord(ctx, secret);
      const hashes = await hashesOf(target, dataOf(secret), keys);
      const good = record ? holdsValues(secret, keys, record.after) : isDeepStrictEqual(hashes, after);
      const data = { keys, hashes };
      return good
        ? proven(`${describeRef(target)} reads back as written`, data)
        : refuted(changed('TARGET_CHANGED', target, secret, keys).message, data);
    },

    async rollback(ctx, _step, validation) {
      if (validation.before.type !== undefined) return undoSecret(ctx, validation);
      const target = validatedTarget(validation);
      const { keys, before, stamp } = validation.before;
      const name = describeRef(target);
      return retryConflicts(ctx, async () => {
        const secret = await findTarget(ctx, target);
        if (!secret) return nothingToUndo(`${name} does not exist any more`);
        const record = await findUndoRecord(ctx, secret);
        if (isDeepStrictEqual(await hashesOf(target, dataOf(secret), keys), before)) {
          if (record) await deleteUndoRecord(ctx, record);
          return nothingToUndo(`${name} is as it was before`);
        }
        if (!isStampedBy(secret, ctx.operationId)) throw changed('UNDO_CONFLICT', target, secret, keys);
        if (!record) {
          const why = `its old values are not kept any more (Secret ${undoSecretName(ctx.operationId)} is gone)`;
          throw new KubernautError('UNDO_IMPOSSIBLE', `${name}: ${why}`);
        }
        if (!holdsValues(secret, keys, record.after)) throw changed('UNDO_CONFLICT', target, secret, keys);
        const earlier = withoutStamp(stampOf(secret), ctx.operationId, stamp);
        await guarded(record.before, () =>
          ctx.cluster.patch(
            refOf(target),
            fieldPatch(secret, liftWishes(secret, wishesFor(secret, keys, record.before)), earlier),
          ),
        );
        await deleteUndoRecord(ctx, record);
        return {
          changed: true,
          summary: `${name}: ${keys.join(', ')} back to their old values`.slice(0, 500),
          data: { keys },
        };
      });
    },
  });
}

function refusals(secret: KubeObject): string[] {
  const problems: string[] = [];
  if (secret.immutable === true) problems.push('it is immutable: only deleting and creating it anew would change it');
  if (secret.type === 'kubernetes.io/service-account-token') problems.push('it is the token of a ServiceAccount');
  return problems;
}

async function readKnown(
  ctx: ActionContext,
  set: SecretWish['set'],
  secret: KubeObject,
): Promise<Record<string, string>> {
  const { namespace = '' } = secret.metadata;
  const problems: string[] = [];
  const known: Record<string, string> = {};
  for (const [key, source] of Object.entries(set)) {
    const value = await readSource(ctx, source, namespace).catch((error: unknown) => {
      if (!(error instanceof KubernautError) || !['PRECONDITION_FAILED', 'TARGET_NOT_FOUND'].includes(error.code))
        throw error;
      problems.push(`${key}: ${error.message}`);
      return undefined;
    });
    if (value !== undefined) known[key] = value;
  }
  if (problems.length > 0)
    throw new KubernautError('PRECONDITION_FAILED', `Secret ${displayName(secret.metadata)}: ${problems.join('; ')}`);
  return known;
}

function generated(set: SecretWish['set']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(set).flatMap(([key, source]) => ('generate' in source ? [[key, generate(source.generate)]] : [])),
  );
}

/** Keys that `values` lacks are taken away. */
function wishesFor(secret: KubeObject, keys: readonly string[], values: Record<string, string>): FieldWish[] {
  const rest = Object.keys(dataOf(secret)).filter((key) => !keys.includes(key));
  // `data: {}` is not what a Secret without data looks like.
  if (rest.length === 0 && Object.keys(values).length === 0) return [{ path: '/data' }];
  return keys.map((key) => ({ path: pointer('data', key), value: values[key] }));
}

function patchOf(ctx: ActionContext, secret: KubeObject, keys: readonly string[], values: Record<string, string>) {
  const wishes = liftWishes(secret, wishesFor(secret, keys, values));
  return fieldPatch(secret, wishes, addStamp(stampOf(secret), ctx.operationId));
}

function holdsValues(secret: KubeObject, keys: readonly string[], values: Record<string, string>): boolean {
  return isDeepStrictEqual(pick(dataOf(secret), keys), pick(values, keys));
}

function pick(data: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap((key) => (data[key] === undefined ? [] : [[key, data[key]]])));
}

function changed(
  code: 'TARGET_CHANGED' | 'UNDO_CONFLICT',
  target: { kind: string; namespace?: string; name: string },
  secret: KubeObject,
  keys: readonly string[],
): KubernautError {
  const writers = keys.flatMap((key) => writersOf(secret, pointer('data', key)));
  const by = describeWriters(writers.length > 0 ? writers : lastWriterOf(secret));
  return new KubernautError(
    code,
    `${describeRef(target)}: its values are neither the old nor the written ones, or were put back (by ${by})`,
  );
}
