import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import { describeRef } from '../../../cluster/resource-path';
import { FIELD_MANAGER } from '../../../cluster/version';
import type { ActionContext, ActionDefinition, ActionStep, Permission } from '../../../contract';
import { pointer, valueAt } from '../fields/json-pointer';
import { writersOf } from '../fields/managed-fields';
import { addStamp, isStampedBy, isStampedSince, stampOf, stampWish, withoutStamp } from '../fields/operation-stamp';
import {
  holds,
  identityGuard,
  liftWishes,
  patchFor,
  recordField,
  wishOf,
  type FieldWish,
} from '../fields/recorded-field';
import { retryConflicts } from '../fields/retry-conflicts';
import { afterValues, describeState, nothingToUndo, type FieldImage, type FieldValidation } from '../fields/set-fields';
import { controllerOf, isFinished, isTerminating } from '../pods/pod';
import { preflight, refuseIf } from '../target/preflight';
import {
  displayName,
  findTarget,
  readTarget,
  refOf,
  resolvedTarget,
  targetOf,
  validatedTarget,
} from '../target/read-target';
import { raise } from './raise-resources';
import { changesOf, type IncreaseParams } from './resource-params';
import { verifyResize } from './verify-resize';

const CONTAINERS = '/spec/containers';
const RESIZE = { subresource: 'resize' } as const;
type Step = ActionStep<IncreaseParams>;

export const resizePermissions: readonly Permission[] = [
  { apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroup: '', resource: 'pods/resize', verbs: ['patch'] },
];

/**
 * `increase_resources` on one Pod that exists: by its subresource `resize` (Kubernetes 1.33), which replaces no pod. That
 * subresource drops annotations without a word, so the operation is stamped by a second write, after the resize; until then the
 * field manager of the resize says whose it is.
 */
export const resizePod = {
  async validate(ctx: ActionContext, step: Step): Promise<FieldValidation> {
    const target = targetOf(step);
    return retryConflicts(ctx, async () => {
      const pod = await preflight(ctx, target, { permissions: resizePermissions, targetKinds: ['Pod'] });
      const { set, guards, problems, warnings, summary } = wishFor(pod, step.params);
      if (!(await ctx.cluster.hasSubresource('v1', 'pods', 'resize')))
        problems.push(
          'this API server cannot resize a pod in place (Kubernetes 1.33 and later can); target its workload',
        );
      refuseIf(target, problems);
      const patch = [...identityGuard(pod), ...patchFor(pod, set)];
      const result =
        set.length === 0 ? pod : await ctx.cluster.patch(refOf(target), patch, { ...RESIZE, dryRun: true });
      const record = (path: string) => recordField(pod, path);
      return {
        target: resolvedTarget(target, pod),
        before: { fields: set.map(({ path }) => record(path)), guards: guards.map(record), stamp: stampOf(pod) },
        diff: set.map(({ path }) => ({ path, before: valueAt(pod, path), after: valueAt(result, path) })),
        ...{ warnings, summary, noEffect: set.length === 0 },
      };
    });
  },

  async execute(ctx: ActionContext, _step: Step, validation: FieldValidation) {
    const target = validatedTarget(validation);
    const { fields, guards, stamp } = validation.before;
    const data = { fields: afterValues(validation.diff) };
    if (validation.noEffect) return { changed: false, summary: `${validation.summary}: already so`, data };
    await retryConflicts(ctx, async () => {
      const pod = await readTarget(ctx, target);
      const isAsBefore = [...guards, ...fields].every((field) => holds(pod, wishOf(field)));
      if (isOurs(pod, validation)) return isStampedBy(pod, ctx.operationId) ? undefined : addOwnStamp(ctx, pod);
      if (!isAsBefore) throw changed(pod, describeState(pod, [...guards, ...fields]));
      if (isStampedSince(pod, ctx.operationId, stamp))
        throw changed(pod, 'this operation had resized it, and it was put back');
      const patch = [...identityGuard(pod), ...patchFor(pod, wishesOf(validation))];
      return addOwnStamp(ctx, await ctx.cluster.patch(refOf(target), patch, RESIZE));
    });
    return { changed: true, summary: validation.summary, data };
  },

  verify: (ctx: ActionContext, step: Step, validation: FieldValidation) =>
    verifyResize(ctx, validation, step.params.stableSeconds * 1000),

  async rollback(ctx: ActionContext, _step: Step, validation: FieldValidation) {
    const target = validatedTarget(validation);
    const { fields, stamp } = validation.before;
    const undone = {
      ...{ changed: true, summary: `${describeRef(target)} resized back` },
      data: { restored: fields.map(({ path }) => path) },
    };
    // The kubelet writes the status right after a resize, so the second write may meet a conflict and come here again.
    let resized = false;
    return retryConflicts(ctx, async () => {
      const pod = await findTarget(ctx, target);
      if (!pod) return nothingToUndo(`${describeRef(target)} does not exist any more`);
      if (fields.every((field) => holds(pod, wishOf(field)))) {
        if (isStampedSince(pod, ctx.operationId, stamp)) await removeOwnStamp(ctx, pod, stamp);
        return resized ? undone : nothingToUndo(`${describeRef(target)} is as it was before`);
      }
      if (!isOurs(pod, validation))
        throw new KubernautError(
          'UNDO_CONFLICT',
          `${describeRef(target)} was left alone: ${describeState(pod, fields)}`,
        );
      const patch = [...identityGuard(pod), ...patchFor(pod, fields.map(wishOf))];
      const restored = await ctx.cluster.patch(refOf(target), patch, RESIZE);
      resized = true;
      if (isStampedBy(restored, ctx.operationId)) await removeOwnStamp(ctx, restored, stamp);
      return undone;
    });
  },
} satisfies Partial<ActionDefinition<IncreaseParams, FieldImage>>;

/** Pure. A value where there was none is refused: a resize can never take one away again, so there would be no undo. */
function wishFor(pod: KubeObject, params: IncreaseParams) {
  const name = displayName(pod.metadata);
  const containers = (valueAt(pod, CONTAINERS) ?? []) as JsonObject[];
  const names = containers.map((each) => String(each.name));
  const index = params.container === undefined && names.length === 1 ? 0 : names.indexOf(params.container ?? '');
  const container = containers[index];
  const problems: string[] = [];
  if (isTerminating(pod) || isFinished(pod)) problems.push('it is finished or being deleted');
  if (!container) {
    problems.push(`name one of its containers: ${names.join(', ')}`);
    return { set: [], guards: [], problems, warnings: [], summary: `${name} resources` };
  }
  const path = CONTAINERS + pointer(index);
  const { raised, problems: wrong, notes } = raise(container.resources as JsonObject | undefined, changesOf(params));
  const added = raised.filter(({ from }) => from === undefined);
  problems.push(...wrong);
  for (const { field } of added)
    problems.push(`it has no ${field.resource} ${field.side.slice(0, -1)}, and a resize could not take one away again`);
  const describe = ({ field, from, to }: (typeof raised)[number]) =>
    `${field.resource} ${field.side.slice(0, -1)} ${from ?? 'none'} → ${to}`;
  return {
    set: raised.map(({ field, to }): FieldWish => ({
      path: `${path}/resources/${field.side}/${field.resource}`,
      value: to,
    })),
    guards: [`${path}/name`],
    problems,
    warnings: [
      ...notes,
      ...warningsFor(
        pod,
        container,
        raised.map(({ field }) => field.resource),
      ),
    ],
    summary: `${name}/${names[index]} in place: ${raised.map(describe).join(', ') || 'resources unchanged'}`,
  };
}

function warningsFor(pod: KubeObject, container: JsonObject, resources: readonly string[]): string[] {
  const owner = controllerOf(pod);
  const policies = (container.resizePolicy ?? []) as JsonObject[];
  const restarts = policies.some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' && resources.includes(String(resourceName)),
  );
  return [
    ...(owner
      ? [`${owner.kind} ${owner.name} makes later pods with the old resources: target the workload for those`]
      : []),
    // The annotation that its admission webhook leaves on a pod whose resources it has set.
    ...(pod.metadata.annotations?.vpaUpdates === undefined
      ? []
      : ['a VerticalPodAutoscaler has set its resources, and may set them again']),
    ...(restarts ? ['its resizePolicy restarts the container'] : []),
    ...(resources.includes('memory')
      ? ['an undo lowers memory again, which the node refuses while more is in use']
      : []),
  ];
}

function wishesOf(validation: FieldValidation): FieldWish[] {
  return validation.diff.map(({ path, after }) => ({ path, value: after }));
}

/** As we wanted it, and by a resize of ours. */
function isOurs(pod: KubeObject, validation: FieldValidation): boolean {
  return wishesOf(validation).every(
    (wish) =>
      holds(pod, wish) &&
      writersOf(pod, wish.path).some(
        ({ manager, subresource }) => manager === FIELD_MANAGER && subresource === RESIZE.subresource,
      ),
  );
}

function addOwnStamp(ctx: ActionContext, pod: KubeObject): Promise<KubeObject> {
  return writeStamp(ctx, pod, addStamp(stampOf(pod), ctx.operationId));
}

function removeOwnStamp(ctx: ActionContext, pod: KubeObject, earlier: string): Promise<KubeObject> {
  return writeStamp(ctx, pod, withoutStamp(stampOf(pod), ctx.operationId, earlier));
}

function writeStamp(ctx: ActionContext, pod: KubeObject, stamp: string): Promise<KubeObject> {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name };
  return ctx.cluster.patch(ref, [...identityGuard(pod), ...patchFor(pod, liftWishes(pod, [stampWish(stamp)]))]);
}

function changed(pod: KubeObject, what: string): KubernautError {
  return new KubernautError('TARGET_CHANGED', `Pod ${displayName(pod.metadata)}: ${what}`);
}
