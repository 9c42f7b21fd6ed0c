import type { JsonObject } from '../../plan/json';
import type { Permission } from '../contract';
import type { MissingPermission } from './cluster';
import type { Discovery } from './discovery';
import type { Transport } from './transport';

/**
 * Asks the server itself what we may do (SelfSubjectAccessReview, one per resource and verb, side by side): rules come from
 * roles, webhooks or the node authorizer, and only the server knows them all.
 */
export async function missingPermissions(
  transport: Transport,
  discovery: Discovery,
  permissions: readonly Permission[],
  namespace: string | undefined,
): Promise<MissingPermission[]> {
  const asked = permissions.flatMap((permission) =>
    permission.verbs.map(async (verb): Promise<MissingPermission | undefined> => {
      const [plural = '', subresource] = permission.resource.split('/');
      const kind = await discovery.resource(permission.apiGroup, plural);
      // Cluster-scoped resources are granted without a namespace, whatever namespace the target is in.
      const where = kind && !kind.namespaced ? undefined : namespace;
      const allowed = await review(transport, {
        group: permission.apiGroup,
        resource: plural,
        subresource,
        verb,
        namespace: where,
      });
      return allowed
        ? undefined
        : { apiGroup: permission.apiGroup, resource: permission.resource, verb, namespace: where };
    }),
  );
  return (await Promise.all(asked)).filter((each) => each !== undefined);
}

async function review(transport: Transport, resourceAttributes: Record<string, string | undefined>): Promise<boolean> {
  const answer = await transport.json<{ status?: { allowed?: boolean } & JsonObject }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
    call: 'review own access',
    readOnly: true,
  });
  return answer.status?.allowed === true;
}

/** `patch apps/deployments in shop`. */
export function describePermission(missing: MissingPermission): string {
  const resource = missing.apiGroup ? `${missing.apiGroup}/${missing.resource}` : missing.resource;
  return `${missing.verb} ${resource}${missing.namespace ? ` in ${missing.namespace}` : ''}`;
}
