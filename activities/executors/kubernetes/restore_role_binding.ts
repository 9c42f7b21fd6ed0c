import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { Json, JsonObject } from '../../../plan/json';
import type { Target } from '../../../plan/model';
import { describeRef } from '../../cluster/resource-path';
import { defineAction } from '../../contract';
import { dryRunFields } from './fields/dry-run';
import { describeWriters, lastWriterOf } from './fields/managed-fields';
import { isStampedBy } from './fields/operation-stamp';
import { verifyReadBack } from './fields/read-back';
import { retryConflicts } from './fields/retry-conflicts';
import { nothingToUndo, restoreFields, setFields, type FieldImage } from './fields/set-fields';
import { manifestOf, sameManifest, stamped, tooLarge } from './objects/whole-object';
import { otherWriters } from './target/other-writers';
import { preflightOrAbsent, refuseIf } from './target/preflight';
import { refOf, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';

const RBAC = 'rbac.authorization.k8s.io';
const name = z.string().min(1).max(253);

const params = z.strictObject({
  roleRef: z.strictObject({ kind: z.enum(['Role', 'ClusterRole']), name }).describe('The role that is bound.'),
  subjects: z
    .array(
      z
        .strictObject({
          kind: z.enum(['ServiceAccount', 'User', 'Group']),
          name,
          namespace: name.optional().describe('Of a ServiceAccount.'),
        })
        .refine(({ kind, namespace }) => (kind === 'ServiceAccount') === (namespace !== undefined), {
          error: 'a ServiceAccount has a namespace, a User or Group has none',
          path: ['namespace'],
        }),
    )
    .min(1)
    .max(100)
    .describe('All whom it binds; others that stand there are taken out.'),
});
type Params = z.infer<typeof params>;

/** `manifest`: there was no such binding, and this one is created. Else the fields that change. */
type BindingImage = FieldImage & { manifest?: JsonObject };

export const restoreRoleBinding = defineAction<Params, BindingImage>({
  name: 'restore_role_binding',
  executor: 'kubernetes',
  description: 'Brings a RoleBinding or ClusterRoleBinding to these subjects, and creates it when it is gone.',
  whenToUse: 'A workload is refused what it was always allowed, because its binding was deleted or lost a subject.',
  whenNotToUse:
    'The workload never had these rights: then it is not a repair. The API server lets nobody bind more than they may.',
  risk: 'high',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['RoleBinding', 'ClusterRoleBinding'],
  permissions: [
    { apiGroup: RBAC, resource: 'rolebindings', verbs: ['get', 'create', 'patch', 'delete'] },
    { apiGroup: RBAC, resource: 'clusterrolebindings', verbs: ['get', 'create', 'patch', 'delete'] },
  ],
  params,
  examples: [
    {
      title: 'The web service may read its settings again',
      target: { kind: 'RoleBinding', namespace: 'shop', name: 'web' },
      params: {
        roleRef: { kind: 'Role', name: 'settings-reader' },
        subjects: [{ kind: 'ServiceAccount', namespace: 'shop', name: 'web' }],
      },
    },
  ],

  validate(ctx, step) {
    const target = targetOf(step);
    const { roleRef, subjects } = wishOf(step.params);
    return retryConflicts(ctx, async () => {
      const binding = await preflightOrAbsent(ctx, target, restoreRoleBinding);
      const problems: string[] = [];
      if (target.kind === 'ClusterRoleBinding' && step.params.roleRef.kind === 'Role')
        problems.push('a ClusterRoleBinding cannot bind a Role');
      const summary = `${describeRef(target)} binds ${roleRef.kind} ${roleRef.name} to ${subjects.length} subjects`;
      if (!binding) {
        refuseIf(target, problems);
        const manifest = manifestFor(target, { roleRef, subjects });
        await ctx.cluster.create(stamped(manifest, ctx.operationId), { dryRun: true });
        return {
          target: { ...target, apiVersion: `${RBAC}/v1` },
          before: { fields: [], guards: [], stamp: '', manifest },
          diff: [{ path: '', after: manifest }],
          warnings: [],
          summary,
          noEffect: false,
        };
      }
      const now = binding.roleRef as { kind: string; name: string };
      if (now.kind !== roleRef.kind || now.name !== roleRef.name)
        problems.push(`it binds ${now.kind} ${now.name}, which cannot be changed: only deleting it would`);
      refuseIf(target, [...problems, ...tooLarge(manifestOf(binding))]);
      const set = [{ path: '/subjects', value: subjects as unknown as Json }];
      const { before, diff } = await dryRunFields(ctx, binding, { set, guards: ['/roleRef'] });
      const warnings = otherWriters(
        binding,
        diff.map(({ path }) => path),
      );
      return { target: resolvedTarget(target, binding), before, diff, warnings, summary, noEffect: diff.length === 0 };
    });
  },

  async execute(ctx, step, validation) {
    const { manifest } = validation.before;
    const data = { subjects: step.params.subjects.length };
    if (!manifest) {
      const { changed } = await setFields(ctx, validation);
      return { changed, summary: changed ? validation.summary : `${validation.summary}: already so`, data };
    }
    const target = targetOf({ ...step, target: validation.target });
    const found = await ctx.cluster.find(refOf(target));
    if (found && !(isStampedBy(found, ctx.operationId) && sameManifest(manifestOf(found), manifest))) {
      const by = describeWriters(lastWriterOf(found));
      throw new KubernautError('TARGET_CHANGED', `${describeRef(target)} was created meanwhile by ${by}`);
    }
    if (!found) await ctx.cluster.create(stamped(manifest, ctx.operationId));
    return { changed: true, summary: validation.summary, data };
  },

  async verify(ctx, step, validation) {
    const { manifest } = validation.before;
    if (!manifest) return verifyReadBack(ctx, validation);
    const target = targetOf({ ...step, target: validation.target });
    const found = await ctx.cluster.find(refOf(target));
    if (!found) return refuted(`${describeRef(target)} does not exist`);
    if (!sameManifest(manifestOf(found), manifest))
      return refuted(`${describeRef(target)} was changed by ${describeWriters(lastWriterOf(found))}`);
    return proven(`${describeRef(target)} exists as wished`, { uid: found.metadata.uid });
  },

  async rollback(ctx, step, validation) {
    const { manifest } = validation.before;
    if (!manifest) {
      validatedTarget(validation);
      return restoreFields(ctx, validation);
    }
    const target = targetOf({ ...step, target: validation.target });
    const found = await ctx.cluster.find(refOf(target));
    if (!found) return nothingToUndo(`${describeRef(target)} does not exist`);
    if (!isStampedBy(found, ctx.operationId))
      return nothingToUndo(`${describeRef(target)} was not created by this step`);
    if (!sameManifest(manifestOf(found), manifest)) {
      const by = describeWriters(lastWriterOf(found));
      throw new KubernautError('UNDO_CONFLICT', `${describeRef(target)} was changed by ${by} and is left alone`);
    }
    const { uid, resourceVersion } = found.metadata;
    await ctx.cluster.delete(refOf(target), { uid, resourceVersion });
    return { changed: true, summary: `${describeRef(target)}, which this step had created, deleted`, data: { uid } };
  },
});

/** As the server stores it: with the API groups that it fills in. */
function wishOf({ roleRef, subjects }: Params) {
  return {
    roleRef: { apiGroup: RBAC, ...roleRef },
    subjects: subjects.map(({ kind, name, namespace }) =>
      kind === 'ServiceAccount' ? { kind, name, namespace } : { apiGroup: RBAC, kind, name },
    ),
  };
}

function manifestFor({ kind, name, namespace }: Target, content: object): JsonObject {
  const metadata = { name, ...(namespace && { namespace }) };
  return JSON.parse(JSON.stringify({ apiVersion: `${RBAC}/v1`, kind, metadata, ...content })) as JsonObject;
}
