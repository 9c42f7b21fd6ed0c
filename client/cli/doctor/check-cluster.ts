import { VersionApi } from '@kubernetes/client-node';
import type { MissingPermission } from '../../../activities/cluster/cluster';
import { type ConnectedCluster, connectCluster } from '../../../activities/cluster/connect';
import { describePermission } from '../../../activities/cluster/access-review';
import { loadKubeConfig } from '../../../activities/cluster/kubeconfig';
import type { ActionDefinition, Permission } from '../../../activities/contract';
import type { ClusterSettings } from '../../../config/settings';
import { KubernautError } from '../../../plan/errors';
import { type CheckResult, failed, messageOf, ok, skipped } from './check';
import { checkSight } from './check-sight';

const callTimeoutMs = 5_000;

/** Whether the cluster answers, its version, which permissions are missing for which action, and for a full preview. */
export async function checkCluster(
  settings: ClusterSettings,
  actions: readonly ActionDefinition[],
): Promise<CheckResult[]> {
  const check = `cluster ${settings.name}`;
  let cluster: ConnectedCluster | undefined;
  try {
    cluster = connectCluster({ ...settings, timeoutMs: callTimeoutMs });
    const version = await serverVersion(settings);
    const reached = ok(check, `${cluster.server} answers, Kubernetes ${version}`);
    return [
      reached,
      ...(await Promise.all([
        checkPermissions(`permissions in ${settings.name}`, cluster, actions),
        checkSight(`preview in ${settings.name}`, cluster),
      ])),
    ];
  } catch (error) {
    const remedy =
      error instanceof KubernautError ? error.remedy : 'Check kubeconfig and context; try `kubectl version` with them.';
    const others = [`permissions in ${settings.name}`, `preview in ${settings.name}`];
    return [failed(check, messageOf(error), remedy), ...others.map((each) => skipped(each, 'needs the cluster'))];
  } finally {
    cluster?.close();
  }
}

async function serverVersion(settings: ClusterSettings): Promise<string> {
  const call = loadKubeConfig(settings).makeApiClient(VersionApi).getCode();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${callTimeoutMs / 1000} s`)), callTimeoutMs);
  });
  try {
    return (await Promise.race([call, tooLate])).gitVersion;
  } finally {
    clearTimeout(timer);
  }
}

/** Asked for all namespaces: a worker that may act in some namespaces only shows as lacking the others, which is true. */
async function checkPermissions(
  check: string,
  cluster: ConnectedCluster,
  actions: readonly ActionDefinition[],
): Promise<CheckResult> {
  const missing = await cluster.missingPermissions(distinct(actions.flatMap(({ permissions }) => permissions)));
  if (missing.length === 0) return ok(check, `all that ${actions.length} actions need`);
  const lines = missing.map((each) => `${describePermission(each)} (for ${neededBy(each, actions).join(', ')})`);
  return failed(
    check,
    `missing: ${lines.join('; ')}`,
    'Grant them to this user, or to the ServiceAccount of the worker, by a ClusterRole.',
  );
}

function distinct(permissions: readonly Permission[]): Permission[] {
  const byResource = new Map<string, Permission>();
  for (const { apiGroup, resource, verbs } of permissions) {
    const key = `${apiGroup}/${resource}`;
    const known = byResource.get(key)?.verbs ?? [];
    byResource.set(key, { apiGroup, resource, verbs: [...new Set([...known, ...verbs])] });
  }
  return [...byResource.values()];
}

function neededBy({ apiGroup, resource, verb }: MissingPermission, actions: readonly ActionDefinition[]): string[] {
  return actions
    .filter(({ permissions }) =>
      permissions.some(
        (each) =>
          each.apiGroup === apiGroup && each.resource === resource && each.verbs.some((allowed) => allowed === verb),
      ),
    )
    .map(({ name }) => name);
}
