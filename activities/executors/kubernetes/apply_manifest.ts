import { z } from 'zod';
import { APPLICABLE_KINDS, type CustomKind } from '../../../config/sections/kubernetes/apply-manifest';
import type { Json, JsonObject } from '../../../plan/json';
import type { Effect } from '../../../plan/step-io';
import { describeRef } from '../../cluster/resource-path';
import { defineAction, type ActionDefinition, type Permission } from '../../contract';
import { groupOf } from '../../cluster/discovery';
import { verifyReadBack } from './fields/read-back';
import { recordField } from './fields/recorded-field';
import { retryConflicts } from './fields/retry-conflicts';
import { restoreFields, setFields, type FieldImage } from './fields/set-fields';
import { stampOf } from './fields/operation-stamp';
import { applyOwn } from './manifests/apply-own';
import { asApplied } from './manifests/applied-object';
import { completeManifest, manifestProblems } from './manifests/manifest-checks';
import { objectDiff, project } from './manifests/object-diff';
import { createExactly, deleteCreated, verifyCreated } from './objects/created-object';
import { otherWriters } from './target/other-writers';
import { preflightOrAbsent, refuseIf } from './target/preflight';
import { resolvedTarget, targetOf, validatedTarget } from './target/read-target';

const params = z.strictObject({
  manifest: (z.record(z.string(), z.any()) as unknown as z.ZodType<Record<string, Json>>).describe(
    'The manifest, with apiVersion and kind; name and namespace are those of the target. Fields it does not name stay as they are.',
  ),
});
type Params = z.infer<typeof params>;

/** `manifest`: there was no such object, and this one is created (as the server understood it). Else the fields that change. */
type ApplyImage = FieldImage & { manifest?: JsonObject };

const ownKinds: Record<(typeof APPLICABLE_KINDS)[number], Pick<Permission, 'apiGroup' | 'resource'>> = {
  ConfigMap: { apiGroup: '', resource: 'configmaps' },
  HorizontalPodAutoscaler: { apiGroup: 'autoscaling', resource: 'horizontalpodautoscalers' },
  Ingress: { apiGroup: 'networking.k8s.io', resource: 'ingresses' },
  LimitRange: { apiGroup: '', resource: 'limitranges' },
  NetworkPolicy: { apiGroup: 'networking.k8s.io', resource: 'networkpolicies' },
  PodDisruptionBudget: { apiGroup: 'policy', resource: 'poddisruptionbudgets' },
  ResourceQuota: { apiGroup: '', resource: 'resourcequotas' },
  Service: { apiGroup: '', resource: 'services' },
};

function permissionOn({ apiGroup, resource }: Pick<Permission, 'apiGroup' | 'resource'>): Permission {
  return { apiGroup, resource, verbs: ['get', 'create', 'patch', 'delete'] };
}

const definition: Parameters<typeof defineAction<Params, ApplyImage>>[0] = {
  name: 'apply_manifest',
  executor: 'kubernetes',
  description:
    'Applies one manifest of a harmless kind on the server (server-side apply), creating the object if it is not there. Fields that belong to somebody else are never taken over.',
  whenToUse: 'An object is missing or lacks fields that a plan spells out (a policy, a budget, a quota, a Service).',
  whenNotToUse:
    'Another tool keeps the object (Helm, Argo CD, Flux): change it there. For one field of a workload there are actions of their own.',
  risk: 'high',
  reversibility: 'reversible',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: [...APPLICABLE_KINDS],
  permissions: Object.values(ownKinds).map(permissionOn),
  params,
  examples: [
    {
      title: 'A budget that keeps one pod of the web service',
      target: { kind: 'PodDisruptionBudget', namespace: 'shop', name: 'web' },
      params: {
        manifest: {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
        },
      },
    },
    {
      title: 'Limits for pods that name none',
      target: { kind: 'LimitRange', namespace: 'shop', name: 'defaults' },
      params: {
        manifest: {
          apiVersion: 'v1',
          kind: 'LimitRange',
          spec: { limits: [{ type: 'Container', default: { memory: '512Mi' } }] },
        },
      },
    },
  ],

  validate(ctx, step) {
    const target = targetOf(step);
    const { manifest: given } = step.params;
    return retryConflicts(ctx, async () => {
      const { kinds, customKinds } = ctx.settings.kubernetes.applyManifest;
      const allowed = [
        ...kinds.map((kind) => ({ kind, apiGroup: ownKinds[kind].apiGroup, resource: ownKinds[kind].resource })),
        ...customKinds,
      ];
      refuseIf(target, manifestProblems(given, target, allowed));
      const exact = { ...target, apiVersion: String(given.apiVersion) };
      const kind = await ctx.cluster.resolveKind(exact.kind, exact.apiVersion);
      if (!kind.namespaced) refuseIf(target, [`a ${kind.kind} of ${kind.apiVersion} lies outside any namespace`]);
      // Only the rights on this kind: another of the settings may have no CRD in this cluster.
      const of = allowed.filter((each) => each.kind === kind.kind && each.apiGroup === groupOf(kind.apiVersion));
      const needed = { permissions: of.map(permissionOn), targetKinds: [kind.kind] };
      const object = await preflightOrAbsent(ctx, exact, needed);
      const manifest = completeManifest(given, target);
      const result = await applyOwn(ctx, manifest, object, { dryRun: true });
      const name = describeRef(target);
      if (!object) {
        const understood = project(result as unknown as JsonObject, manifest) as JsonObject;
        return {
          target: exact,
          before: { fields: [], guards: [], stamp: '', manifest: understood },
          diff: [{ path: '', after: understood }],
          warnings: [],
          summary: `create ${name}`,
          noEffect: false,
        };
      }
      const diff = objectDiff(object, result);
      const fields = diff.map(({ path }) => recordField(object, path));
      return {
        target: resolvedTarget(target, object),
        before: { fields, guards: [], stamp: stampOf(object) },
        diff,
        warnings: otherWriters(
          object,
          diff.map(({ path }) => path),
        ),
        summary: diff.length > 0 ? `apply ${diff.length} fields to ${name}` : `${name} is as the manifest says`,
        noEffect: diff.length === 0,
      };
    });
  },

  async execute(ctx, step, validation): Promise<Effect> {
    const target = targetOf({ ...step, target: validation.target });
    const { manifest } = validation.before;
    if (manifest) {
      const given = completeManifest(step.params.manifest, target);
      await createExactly(ctx, target, given, { understood: manifest, sameness: asApplied });
      return { changed: true, summary: validation.summary, data: { created: true } };
    }
    const given = completeManifest(step.params.manifest, target);
    const { changed } = await setFields(ctx, validation, (object) => applyOwn(ctx, given, object, { dryRun: false }));
    return {
      changed,
      summary: validation.summary,
      data: { fields: validation.diff.map(({ path }) => path).slice(0, 50) },
    };
  },

  async verify(ctx, step, validation) {
    const { manifest } = validation.before;
    if (manifest) return verifyCreated(ctx, targetOf({ ...step, target: validation.target }), manifest, asApplied);
    return verifyReadBack(ctx, validation);
  },

  async rollback(ctx, step, validation, effect) {
    const { manifest } = validation.before;
    if (manifest)
      return deleteCreated(ctx, targetOf({ ...step, target: validation.target }), manifest, effect, asApplied);
    validatedTarget(validation);
    return restoreFields(ctx, validation);
  },
};

export const applyManifest = defineAction(definition);

/** The same for kinds of CRDs, too, as the settings name them: its targets, and the rights that it needs. */
export function applyManifestWith(customKinds: readonly CustomKind[]): ActionDefinition {
  return defineAction({
    ...definition,
    targetKinds: [...definition.targetKinds, ...customKinds.map(({ kind }) => kind)],
    permissions: [...definition.permissions, ...customKinds.map(permissionOn)],
  });
}
