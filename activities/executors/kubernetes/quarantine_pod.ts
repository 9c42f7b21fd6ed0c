import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { Json } from '../../../plan/json';
import type { KubeObject } from '../../cluster/cluster';
import { defineAction, type ActionContext, type ActionValidation } from '../../contract';
import { dryRunFields } from './fields/dry-run';
import { pointer } from './fields/json-pointer';
import { holds, wishOf } from './fields/recorded-field';
import { retryConflicts } from './fields/retry-conflicts';
import { describeState, nothingToUndo, restoreFields, setFields, type FieldImage } from './fields/set-fields';
import { stamped } from './objects/whole-object';
import { controllerOf, isControlledBy, isFinished, isMirrorPod, isReady, isTerminating, nameSome } from './pods/pod';
import { selects } from './pods/label-selector';
import {
  ensurePolicy,
  findOwnPolicy,
  isOurs,
  QUARANTINE_LABEL,
  quarantineId,
  quarantinePolicy,
} from './quarantine/quarantine-policy';
import { allowingPolicies, keysOf, servicesOf } from './quarantine/selectors';
import { otherWriters } from './target/other-writers';
import { preflight, refuseIf } from './target/preflight';
import {
  displayName,
  findTarget,
  readTarget,
  refOf,
  resolvedTarget,
  targetOf,
  validatedTarget,
} from './target/read-target';
import { proven, refuted } from './wait/evidence';
import { waitUntil } from './wait/wait-until';

const params = z.strictObject({
  acceptOtherPolicies: z
    .boolean()
    .default(false)
    .describe(
      'Go on although other NetworkPolicies, which select all pods, still let some traffic through. Default false.',
    ),
});
type Params = z.infer<typeof params>;

/** Controllers that let go of a pod which they do not select any more, and make another one under a name of its own. */
const RELEASING = ['ReplicaSet', 'DaemonSet'];
const LABELS = pointer('metadata', 'labels');

/** `fields`: the labels taken away, and ours. `services`: those of whose endpoints the pod was. `owner`: the uid of its controller. */
type QuarantineImage = FieldImage & { services: string[]; owner: string };
type Quarantine = ActionValidation<QuarantineImage>;

export const quarantinePod = defineAction<Params, QuarantineImage>({
  name: 'quarantine_pod',
  executor: 'kubernetes',
  description:
    'Takes a running pod out of its Services and its controller, which makes another one, and denies it all traffic; it goes on running for inspection.',
  whenToUse:
    'A pod misbehaves or may be compromised, and what it has in memory and on disk must be kept for a look at it.',
  whenNotToUse:
    'Nobody will look at it (restart_pod), or the network plugin of the cluster does not enforce NetworkPolicies.',
  risk: 'medium',
  reversibility: 'reversible',
  disruption: 'pod',
  readOnly: false,
  clusterScoped: true,
  targetKinds: ['Pod'],
  permissions: [
    { apiGroup: '', resource: 'pods', verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroup: '', resource: 'services', verbs: ['list'] },
    { apiGroup: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list', 'watch'] },
    { apiGroup: 'networking.k8s.io', resource: 'networkpolicies', verbs: ['get', 'list', 'watch', 'create', 'delete'] },
    { apiGroup: 'apps', resource: 'replicasets', verbs: ['get'] },
    { apiGroup: 'apps', resource: 'daemonsets', verbs: ['get'] },
  ],
  params,
  examples: [
    { title: 'Isolate a pod', target: { kind: 'Pod', namespace: 'shop', name: 'web-7d4b9-x2x' }, params: {} },
    {
      title: 'Although a policy for all pods allows DNS',
      target: { kind: 'Pod', namespace: 'shop', name: 'web-7d4b9-x2x' },
      params: { acceptOtherPolicies: true },
    },
  ],

  validate(ctx, step) {
    const target = targetOf(step);
    return retryConflicts(ctx, async () => {
      const pod = await preflight(ctx, target, quarantinePod);
      const { namespace, uid, labels = {} } = pod.metadata;
      const list = async (apiVersion: string, kind: string) =>
        (await ctx.cluster.list({ apiVersion, kind, namespace })).items;
      const [owner, services, policies, pods] = await Promise.all([
        ownerOf(ctx, pod),
        list('v1', 'Service').then((all) => servicesOf(all, labels)),
        list('networking.k8s.io/v1', 'NetworkPolicy').then((all) => allowingPolicies(all, labels)),
        list('v1', 'Pod'),
      ]);
      const selectors: Array<Json | undefined> = [
        owner?.spec?.selector as Json | undefined,
        ...services.map(({ spec }) => ({ matchLabels: spec?.selector ?? {} })),
        ...policies.map(({ spec }) => spec?.podSelector as Json | undefined),
      ];
      const keys = keysOf(selectors, labels);
      const left = Object.fromEntries(Object.entries(labels).filter(([key]) => !keys.includes(key)));
      const open = allowingPolicies(policies, left).map(({ metadata }) => metadata.name);
      const problems = refusals(pod);
      if (owner && selects(owner.spec?.selector as Json | undefined, left))
        problems.push(`${owner.kind} ${owner.metadata.name} selects it whatever its labels are`);
      if (open.length > 0 && !step.params.acceptOtherPolicies) {
        const which = nameSome(open);
        problems.push(
          `NetworkPolicies that select any pod would still let traffic through: ${which} (acceptOtherPolicies)`,
        );
      }
      refuseIf(target, problems);
      const id = quarantineId(ctx.operationId);
      const set = [
        ...keys.map((key) => ({ path: pointer('metadata', 'labels', key) })),
        { path: pointer('metadata', 'labels', QUARANTINE_LABEL), value: id },
      ];
      const { before, diff } = await dryRunFields(ctx, pod, { set });
      const resolved = resolvedTarget(target, pod);
      const policy = quarantinePolicy(ctx.operationId, resolved);
      await ctx.cluster.create(stamped(policy, ctx.operationId), { dryRun: true });
      const siblings = owner ? pods.filter((each) => isControlledBy(each, owner.metadata.uid)) : [];
      const ready = siblings.filter((each) => isReady(each) && each.metadata.uid !== uid).length;
      const names = services.map(({ metadata }) => metadata.name);
      const warnings = otherWriters({ ...pod, metadata: { ...pod.metadata, ownerReferences: [] } }, []);
      warnings.push(
        'only a network plugin that enforces NetworkPolicies isolates it, and open connections may outlive that',
      );
      if (!owner) warnings.push('it has no controller: nothing takes its place');
      else {
        warnings.push(
          `${owner.kind} ${owner.metadata.name} makes another pod; an undo gives this one back to it, and of one pod too many it deletes one, maybe this one`,
        );
        if (ready === 0)
          warnings.push(
            `no other pod of ${owner.kind} ${owner.metadata.name} is ready: the service is down until the new one is`,
          );
      }
      if (open.length > 0) warnings.push(`NetworkPolicies that still let traffic through: ${nameSome(open)}`);
      const name = (policy.metadata as { name: string }).name;
      return {
        target: resolved,
        before: { ...before, services: names, owner: owner?.metadata.uid ?? '' },
        diff: [...diff, { path: `NetworkPolicy ${name}`, after: policy.spec }],
        warnings,
        summary: `quarantine pod ${displayName(target)}${names.length > 0 ? `, out of ${nameSome(names, 5)}` : ''}`,
        noEffect: false,
      };
    });
  },

  /** The policy first: it selects nothing yet, and from the moment of the label on the pod is isolated. */
  async execute(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const { fields } = validation.before;
    const pod = await readTarget(ctx, target);
    if (fields.every((field) => holds(pod, wishOf(field)))) await ensurePolicy(ctx, target);
    const { changed } = await setFields(ctx, labelsOf(validation));
    const policy = policyName(ctx, validation);
    return { changed, summary: validation.summary, data: { pod: displayName(target), uid: target.uid, policy } };
  },

  /**
   * True when
   * 1. the pod of this uid runs, with the labels as we left them — a dead one has nothing to look at;
   * 2. its controller has let go of it — until then it counts as one of the replicas and may be deleted as such;
   * 3. no EndpointSlice of the Services that selected it names it any more;
   * 4. and our NetworkPolicy stands as we made it.
   * False at once when the pod ends or somebody changes its labels or the policy.
   */
  async verify(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const { services } = validation.before;
    const { namespace, name, uid } = target;
    const policy = policyName(ctx, validation);
    const wished = labelsOf(validation).diff.map(({ path, after }) => ({ path, value: after }));
    const result = await waitUntil<{ node: string }>(ctx, {
      what: `quarantine of pod ${displayName(target)}`,
      queries: [
        { apiVersion: 'v1', kind: 'Pod', namespace, fieldSelector: `metadata.name=${name}` },
        { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace },
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          namespace,
          fieldSelector: `metadata.name=${policy}`,
        },
      ],
      evaluate: ([pods = [], slices = [], policies = []]) => {
        const pod = pods.find((each) => each.metadata.uid === uid);
        if (!pod || isTerminating(pod) || isFinished(pod)) return { state: 'failed', reason: 'the pod has ended' };
        if (!wished.every((wish) => holds(pod, wish)))
          return { state: 'failed', reason: `its labels were changed: ${describeState(pod, wishedFields(wished))}` };
        const found = policies.find((each) => isOurs(ctx, each, target));
        if (!found) return { state: 'failed', reason: `NetworkPolicy ${policy} is gone or was changed` };
        const owner = controllerOf(pod);
        if (owner) return { state: 'waiting', reason: `${owner.kind} ${owner.name} has not let go of it` };
        const listed = slices.filter((slice) => services.includes(serviceOf(slice)) && names(slice, uid));
        if (listed.length > 0)
          return { state: 'waiting', reason: `still an endpoint of ${nameSome([...new Set(listed.map(serviceOf))])}` };
        return { state: 'met', value: { node: typeof pod.spec?.nodeName === 'string' ? pod.spec.nodeName : '' } };
      },
    });
    if (!result.met) return refuted(`${displayName(target)}: ${result.reason}`);
    return proven(`pod ${displayName(target)} runs, isolated by ${policy}`, { uid, policy, ...result.value });
  },

  /** The labels first: with them our policy selects the pod no more. */
  async rollback(ctx, _step, validation) {
    const target = validatedTarget(validation);
    const policy = await findOwnPolicy(ctx, target);
    const labels = await restoreFields(ctx, labelsOf(validation));
    if (policy) {
      const { uid, resourceVersion } = policy.metadata;
      await ctx.cluster.delete(refOf(policyRef(policy)), { uid, resourceVersion }).catch((error: unknown) => {
        if (!(error instanceof KubernautError) || error.code !== 'TARGET_NOT_FOUND') throw error;
      });
    }
    if (!labels.changed && !policy) return nothingToUndo(`pod ${displayName(target)} is in no quarantine of this step`);
    const pod = await findTarget(ctx, target);
    const back = pod ? 'has its labels back; its controller takes it back and may delete one pod too many' : 'is gone';
    return { changed: true, summary: `pod ${displayName(target)} ${back}`, data: { labels: labels.changed } };
  },
});

function refusals(pod: KubeObject): string[] {
  const problems: string[] = [];
  const owner = controllerOf(pod);
  if (isMirrorPod(pod)) problems.push('it is a static pod of the kubelet, which keeps its labels');
  else if (owner && !RELEASING.includes(owner.kind))
    problems.push(
      `it belongs to ${owner.kind} ${owner.name}; only ${RELEASING.join(' and ')} replace a pod that still exists`,
    );
  if (pod.spec?.hostNetwork === true)
    problems.push('it uses the network of its node, where no NetworkPolicy isolates it');
  if (isTerminating(pod)) problems.push('it is being deleted already');
  else if (pod.status?.phase !== 'Running')
    problems.push(`it does not run (${String(pod.status?.phase ?? 'Pending')})`);
  if (pod.metadata.labels?.[QUARANTINE_LABEL] !== undefined) problems.push('it is in quarantine already');
  return problems;
}

/** `undefined` also for an owner that is no longer there, or one that the pod must not have (see `refusals`). */
async function ownerOf(ctx: ActionContext, pod: KubeObject): Promise<KubeObject | undefined> {
  const owner = controllerOf(pod);
  if (!owner || !RELEASING.includes(owner.kind)) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  const found = await ctx.cluster.find({ apiVersion, kind, namespace: pod.metadata.namespace, name });
  return found?.metadata.uid === uid ? found : undefined;
}

/** What happens to the pod itself: the policy's line of the diff is not a field of it. */
function labelsOf(validation: Quarantine): Quarantine {
  return { ...validation, diff: validation.diff.filter(({ path }) => path.startsWith(LABELS)) };
}

function wishedFields(wishes: ReadonlyArray<{ path: string; value?: Json }>) {
  return wishes.map(({ path, value }) => (value === undefined ? { path, absent: true as const } : { path, value }));
}

function policyName(ctx: ActionContext, validation: Quarantine): string {
  return (quarantinePolicy(ctx.operationId, validatedTarget(validation)).metadata as { name: string }).name;
}

function policyRef({ apiVersion, kind, metadata }: KubeObject) {
  return { cluster: '', apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}

function serviceOf(slice: KubeObject): string {
  return slice.metadata.labels?.['kubernetes.io/service-name'] ?? '';
}

function names(slice: KubeObject, uid: string): boolean {
  const endpoints = (slice['endpoints'] ?? []) as unknown as Array<{ targetRef?: { uid?: string } }>;
  return endpoints.some(({ targetRef }) => targetRef?.uid === uid);
}
