import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { JsonObject } from '../../../plan/json';
import { describeRef } from '../../cluster/resource-path';
import { defineAction } from '../../contract';
import { isStampedBy } from './fields/operation-stamp';
import { nothingToUndo } from './fields/set-fields';
import { describeWriters, lastWriterOf } from './fields/managed-fields';
import { manifestOf, sameManifest, stamped, tooLarge } from './objects/whole-object';
import { isTerminating } from './pods/pod';
import { otherWriters } from './target/other-writers';
import { preflight, refuseIf } from './target/preflight';
import { displayName, refOf, refOfObject, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';

const params = z.strictObject({});
type DeletedImage = { manifest: JsonObject };

export const deleteNetworkPolicy = defineAction<Record<string, never>, DeletedImage>({
  name: 'delete_network_policy',
  executor: 'kubernetes',
  description: 'Deletes a NetworkPolicy; its undo creates the same one again (with a new uid).',
  whenToUse: 'A policy that should not be there blocks traffic.',
  whenNotToUse:
    'One of its rules is wrong (update_network_policy): without it everything is allowed that no other policy forbids.',
  risk: 'high',
  reversibility: 'reversible',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['NetworkPolicy'],
  permissions: [{ apiGroup: 'networking.k8s.io', resource: 'networkpolicies', verbs: ['get', 'delete', 'create'] }],
  params,
  examples: [
    { title: 'Delete a policy', target: { kind: 'NetworkPolicy', namespace: 'shop', name: 'deny-all' }, params: {} },
  ],

  async validate(ctx, step) {
    const target = targetOf(step);
    const policy = await preflight(ctx, target, deleteNetworkPolicy);
    const manifest = manifestOf(policy);
    const { uid } = policy.metadata;
    refuseIf(target, [...tooLarge(manifest), ...(isTerminating(policy) ? ['it is being deleted already'] : [])]);
    await ctx.cluster.delete(refOfObject(policy), { uid, dryRun: true });
    return {
      target: resolvedTarget(target, policy),
      before: { manifest },
      diff: [{ path: '', before: manifest }],
      warnings: otherWriters(policy, []),
      summary: `delete network policy ${displayName(target)}`,
      noEffect: false,
    };
  },

  async execute(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const { uid } = target;
    const { manifest } = validation.before;
    const name = displayName(target);
    const data = { policy: name, uid };
    const found = await ctx.cluster.find(refOf(target));
    if (!found || found.metadata.uid !== uid) {
      if (found && ctx.attempt === 1) throw replaced(describeRef(target), found.metadata.uid, uid);
      const changed = ctx.attempt > 1;
      const by = changed ? 'deleted by an earlier attempt or by somebody else' : 'gone already, without our doing';
      return { changed, summary: `network policy ${name}: ${by}`, data };
    }
    if (!sameManifest(manifestOf(found), manifest)) {
      throw new KubernautError(
        'TARGET_CHANGED',
        `${describeRef(target)} was changed meanwhile by ${describeWriters(lastWriterOf(found))}`,
      );
    }
    await ctx.cluster.delete(refOf(target), { uid, resourceVersion: found.metadata.resourceVersion });
    return { changed: true, summary: `network policy ${name} deleted`, data };
  },

  /** True when nothing of this uid stands there. Another policy of that name is somebody else's, and said. */
  async verify(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const found = await ctx.cluster.find(refOf(target));
    if (found?.metadata.uid === target.uid) return refuted(`${describeRef(target)} still exists`);
    if (found) return refuted(`somebody created ${describeRef(target)} again`, { uid: found.metadata.uid });
    return proven(`${describeRef(target)} is gone`, { uid: target.uid });
  },

  /**
   * Absent: created again, also when it is unknown who deleted it, since the before-image is what a rollback stands for.
   * There with its old uid: execute never ran. There with another: ours from an earlier rollback, or somebody else's.
   */
  async rollback(ctx, _step, validation, effect) {
    const target = validatedTarget(validation);
    const { uid } = target;
    const { manifest } = validation.before;
    const name = describeRef(target);
    if (effect?.changed === false) return nothingToUndo(`${name} was not deleted by this step`);
    const found = await ctx.cluster.find(refOf(target));
    if (found?.metadata.uid === uid) return nothingToUndo(`${name} still exists`);
    if (found) {
      if (isStampedBy(found, ctx.operationId)) return nothingToUndo(`${name} was created again already`);
      throw new KubernautError(
        'UNDO_CONFLICT',
        `${name} was created anew by ${describeWriters(lastWriterOf(found))} and is left alone`,
      );
    }
    const created = await ctx.cluster.create(stamped(manifest, ctx.operationId));
    return { changed: true, summary: `${name} created again`, data: { uid: created.metadata.uid } };
  },
});

function replaced(name: string, now: string, uid: string): KubernautError {
  return new KubernautError('TARGET_REPLACED', `${name} is another object now: uid ${now} instead of ${uid}`);
}
