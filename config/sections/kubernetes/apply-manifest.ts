import { z } from 'zod';

/** What `apply_manifest` can apply by itself: none of them is a secret, grants a right or steps into other people's requests. */
export const APPLICABLE_KINDS = [
  'ConfigMap',
  'HorizontalPodAutoscaler',
  'Ingress',
  'LimitRange',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'ResourceQuota',
  'Service',
] as const;

/**
 * Groups of Kubernetes' own whose kinds may be named. All its others stay closed, whatever the settings say: Secrets, roles and
 * bindings, webhooks and admission policies, CRDs and API services, certificates, leases; and workloads, since a pod template
 * can mount every Secret and act as every ServiceAccount of its namespace (`run_job` runs templates that the settings spell out).
 */
const OPEN_GROUPS: readonly string[] = ['gateway.networking.k8s.io', 'snapshot.storage.k8s.io'];

/** Groups whose kinds decide over other people's requests, like an admission webhook. */
const ADMISSION_GROUPS = /(^|\.)(kyverno\.io|gatekeeper\.sh|kubewarden\.io)$/;

/** Kinds of whatever group that hand out secrets, identities or rights. */
const MIGHTY_KINDS = /Secret|Role|Binding|Webhook|Token|Certificate|ServiceAccount|Credential|Admission/;

const customKind = z
  .strictObject({
    apiGroup: z
      .string()
      .regex(
        /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/,
        'must be the group of a CRD: example.com',
      )
      .max(253)
      .describe('Without the version: `example.com`.'),
    kind: z
      .string()
      .regex(/^[A-Z][A-Za-z0-9]{0,62}$/, 'must be a kind as manifests write it: Widget')
      .describe('As manifests write it: `Widget`.'),
    resource: z
      .string()
      .regex(/^[a-z][a-z0-9]{0,62}$/, 'must be the plural of the kind as URLs have it: widgets')
      .describe('Its plural as RBAC rules and URLs have it: `widgets`.'),
  })
  .superRefine(({ apiGroup, kind }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if ((apiGroup === 'k8s.io' || apiGroup.endsWith('.k8s.io')) && !OPEN_GROUPS.includes(apiGroup))
      refuse('apiGroup', `${apiGroup} is Kubernetes' own; of those only ${OPEN_GROUPS.join(' and ')} can be named`);
    if (ADMISSION_GROUPS.test(apiGroup))
      refuse('apiGroup', `kinds of ${apiGroup} decide over other people's requests, and are never applied`);
    if (MIGHTY_KINDS.test(kind))
      refuse('kind', `${kind} hands out secrets, identities or rights, and is never applied`);
    if ((APPLICABLE_KINDS as readonly string[]).includes(kind))
      refuse('kind', `${kind} is the name of a kind that can be applied already; a target could mean either`);
  });
export type CustomKind = z.output<typeof customKind>;

/** `actions.kubernetes.applyManifest`: what may be applied. */
export const applyManifestSchema = z.strictObject({
  kinds: z
    .array(z.enum(APPLICABLE_KINDS))
    .default([...APPLICABLE_KINDS])
    .describe(`Of Kubernetes' own kinds only these. Default: ${APPLICABLE_KINDS.join(', ')}; no others can be named.`),
  customKinds: z
    .array(customKind)
    .default([])
    .superRefine((kinds, context) => {
      kinds.forEach(({ kind }, index) => {
        if (kinds.findIndex((other) => other.kind === kind) < index)
          context.addIssue({ code: 'custom', path: [index, 'kind'], message: `two groups have a ${kind}; name one` });
      });
    })
    .describe(
      "And these kinds of CRDs, in namespaces. What their controllers make of a manifest is theirs: name no kind that starts pods or grants rights. Kubernetes' own groups but gateway.networking.k8s.io and snapshot.storage.k8s.io, groups of admission policies, and kinds that hand out secrets, identities or rights are refused. `kubernaut rbac` writes the roles for them. Default: none.",
    ),
});
