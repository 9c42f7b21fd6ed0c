import type { JsonObject } from '../../plan/json';
import type { ConnectedCluster } from '../cluster/connect';
import type { Permission } from '../contract';
import type { StagingCluster } from './staging-cluster';
import type { StagingKube } from './staging-kube';
import { uniqueName } from './staging-workloads';

export interface Account {
  /** As the audit log calls it. */
  username: string;
  cluster: ConnectedCluster;
  remove(): Promise<void>;
}

const RBAC = 'rbac.authorization.k8s.io/v1';

/** The cluster's name in the steps of the kit. */
export const CLUSTER_NAME = 'conformance';

/** A ServiceAccount with exactly these permissions in the whole cluster; ready when the API server's authorizer knows. */
export async function createAccount(
  staging: StagingCluster,
  namespace: string,
  permissions: readonly Permission[],
): Promise<Account> {
  const { kube } = staging;
  const name = uniqueName('account');
  const role = `conformance-${namespace}-${name}`;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name };
  const rules = permissions.map(({ apiGroup, resource, verbs }) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    verbs: [...verbs],
  }));
  const create = (manifest: JsonObject) => kube.create(manifest);
  await Promise.all([
    create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } }),
    create({ apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: role }, rules }),
    create({
      apiVersion: RBAC,
      kind: 'ClusterRoleBinding',
      metadata: { name: role },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', namespace, name }],
    }),
  ]);
  const { status } = await kube.createSubresource<{ status: { token: string } }>(account, 'token', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3_600 },
  });
  const cluster = staging.connectAs(CLUSTER_NAME, status.token);
  // One rule stands for all: they are in one role, under one binding. Asking for each would be most of what the kit does.
  const [first] = permissions;
  await kube.until(`rights of ${name}`, async () =>
    first === undefined || (await cluster.missingPermissions([first])).length === 0 ? true : undefined,
  );
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    cluster,
    async remove() {
      cluster.close();
      await removeRole(kube, role);
    },
  };
}

async function removeRole(kube: StagingKube, name: string): Promise<void> {
  await kube.startRemoval({ apiVersion: RBAC, kind: 'ClusterRoleBinding', name });
  await kube.startRemoval({ apiVersion: RBAC, kind: 'ClusterRole', name });
}
