import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import type { KubeObject } from '../../cluster/cluster';
import { defineAction, type ActionValidation } from '../../contract';
import { dryRunFields } from './fields/dry-run';
import { valueAt } from './fields/json-pointer';
import { retryConflicts } from './fields/retry-conflicts';
import { setFields, type FieldImage } from './fields/set-fields';
import { ceilTo, compareQuantities, formatQuantity, isQuantity, multiplyQuantity, parseQuantity } from './quantity';
import { conditionOf } from './rollout/deployment-conditions';
import { otherWriters } from './target/other-writers';
import { preflight, refuseIf } from './target/preflight';
import { displayName, resolvedTarget, targetOf, validatedTarget } from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil } from './wait/wait-until';

const REQUEST = '/spec/resources/requests/storage';
const CAPACITY = '/status/capacity/storage';

/** What a factor gives is rounded up to it: drivers take no odd bytes. */
const UNIT = parseQuantity('1Mi');

const quantity = z.string().max(30).refine(isQuantity, 'must be a Kubernetes quantity, e.g. 20Gi');

const params = z.strictObject({
  size: z
    .union([
      quantity,
      z.strictObject({
        factor: z.number().gt(1).max(10).describe('Multiply what is requested now; rounded up to 1Mi.'),
        cap: quantity.describe('Never beyond this size; refused when it is reached already.'),
      }),
    ])
    .describe('New size: a quantity, larger than the present one, or {factor, cap}.'),
});
type Params = z.infer<typeof params>;

export const expandPvc = defineAction<Params, FieldImage>({
  name: 'expand_pvc',
  executor: 'kubernetes',
  description:
    'Requests a larger volume for a PersistentVolumeClaim and waits until it has it. A volume never shrinks again.',
  whenToUse: 'A volume is nearly full, its data is needed, and its StorageClass allows expansion.',
  whenNotToUse:
    'The data can be cleaned up instead, or the claim is of a StatefulSet whose template should grow for new pods too.',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['PersistentVolumeClaim'],
  permissions: [
    { apiGroup: '', resource: 'persistentvolumeclaims', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: 'storage.k8s.io', resource: 'storageclasses', verbs: ['get'] },
  ],
  params,
  examples: [
    {
      title: 'Twenty gibibytes for the database',
      target: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data-db-0' },
      params: { size: '20Gi' },
    },
    {
      title: 'Half as much again, at most 100Gi',
      target: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data-db-0' },
      params: { size: { factor: 1.5, cap: '100Gi' } },
    },
  ],

  validate(ctx, step) {
    const target = targetOf(step);
    return retryConflicts(ctx, async () => {
      const claim = await preflight(ctx, target, expandPvc);
      const now = textAt(claim, REQUEST);
      const { size, capped } = absoluteSize(step.params.size, now || '0');
      const [wished, requested] = [parseQuantity(size), parseQuantity(now || '0')];
      const problems: string[] = [];
      if (capped) problems.push(`it requests ${now}, and ${size} is the most that is allowed here`);
      else if (compareQuantities(wished, requested) < 0) problems.push(`it requests ${now}: a volume only grows`);
      if (claim.status?.phase !== 'Bound') problems.push(`it is ${String(claim.status?.phase)}, not Bound`);
      const className = claim.spec?.storageClassName;
      const storageClass =
        typeof className === 'string' && className !== ''
          ? await ctx.cluster.find({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: className })
          : undefined;
      if (storageClass?.allowVolumeExpansion !== true) {
        problems.push(
          storageClass
            ? `StorageClass ${storageClass.metadata.name} does not allow expansion`
            : `it has no StorageClass that could say whether it may grow (${String(className || 'none')})`,
        );
      }
      refuseIf(target, problems);
      // `1024Mi` and `1Gi` are the same, and the server keeps what stands there.
      const value = compareQuantities(wished, requested) === 0 ? now : size;
      const { before, diff } = await dryRunFields(ctx, claim, { set: [{ path: REQUEST, value }] });
      const name = displayName(claim.metadata);
      return {
        target: resolvedTarget(target, claim),
        before,
        diff,
        warnings: [
          ...(diff.length > 0 ? ['it cannot be undone: a volume never shrinks'] : []),
          ...otherWriters(claim, [REQUEST]),
        ],
        summary: `volume claim ${name} ${now} → ${size}`,
        noEffect: diff.length === 0,
      };
    });
  },

  async execute(ctx, _step, validation) {
    const { changed } = await setFields(ctx, validation);
    const size = sizeOf(validation);
    const name = displayName(validatedTarget(validation));
    return {
      changed,
      summary: changed ? validation.summary : `${name} requests ${size} already`,
      data: { size, previous: validation.diff[0]?.before ?? size },
      ...(changed && { irreversible: [`volume claim ${name} was expanded to ${size}`] }),
    };
  },

  /**
   * True when the volume has the size, or is only waiting for the node to grow its file system (FileSystemResizePending: the
   * next mount does it). False at once when the driver calls the size infeasible or the request was changed again.
   */
  async verify(ctx, step, validation) {
    const target = validatedTarget(validation);
    // Without a change there is nothing in the diff, and the wish was what stood there.
    const given = typeof step.params.size === 'string' ? step.params.size : '0';
    const wished = parseQuantity(validation.diff.length > 0 ? sizeOf(validation) : given);
    const name = displayName(target);
    const result = await waitUntil(ctx, {
      what: `expansion of ${name}`,
      queries: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: target.namespace,
          fieldSelector: `metadata.name=${target.name}`,
        },
      ],
      evaluate: ([claims = []]) => {
        const claim = claims.find((each) => each.metadata.uid === target.uid);
        if (!claim) return { state: 'failed', reason: 'the claim was deleted or replaced' };
        if (compareQuantities(parseQuantity(textAt(claim, REQUEST)), wished) < 0)
          return { state: 'failed', reason: `it requests ${textAt(claim, REQUEST)}` };
        const capacity = textAt(claim, CAPACITY) || '0';
        if (compareQuantities(parseQuantity(capacity), wished) >= 0)
          return { state: 'met', value: { capacity, pending: false } };
        if (conditionOf(claim, 'FileSystemResizePending')?.status === 'True')
          return { state: 'met', value: { capacity, pending: true } };
        const resize = String((claim.status?.allocatedResourceStatuses as JsonObject | undefined)?.storage ?? '');
        if (resize.endsWith('Infeasible'))
          return { state: 'failed', reason: `the storage driver refuses it: ${resize}` };
        return { state: 'waiting', reason: `capacity ${capacity}${resize ? `, ${resize}` : ''}` };
      },
    });
    if (!result.met) return refuted(`${name}: ${result.reason}`);
    const { capacity, pending } = result.value;
    return proven(
      pending ? `${name} is expanded; its file system grows at the next mount` : `${name} has ${capacity}`,
      { capacity, fileSystemResizePending: pending },
    );
  },
});

/** A factor against what is requested now; `capped`: it is at its cap already. */
function absoluteSize(size: Params['size'], now: string): { size: string; capped: boolean } {
  if (typeof size === 'string') return { size, capped: false };
  const [most, requested] = [parseQuantity(size.cap), parseQuantity(now)];
  if (compareQuantities(requested, most) >= 0) return { size: size.cap, capped: true };
  const grown = ceilTo(multiplyQuantity(requested, size.factor), UNIT);
  return { size: compareQuantities(grown, most) > 0 ? size.cap : formatQuantity(grown), capped: false };
}

function sizeOf({ diff }: Pick<ActionValidation, 'diff'>): string {
  return String(diff[0]?.after ?? '');
}

function textAt(object: KubeObject, path: string): string {
  const value = valueAt(object, path);
  return typeof value === 'string' ? value : '';
}
