import { describePermission } from '../../../activities/cluster/access-review';
import type { Cluster } from '../../../activities/cluster/cluster';
import { quotaPermissions } from '../../../activities/quota/headroom';
import { factPermission } from '../../../activities/target-facts';
import { type CheckResult, ok, warning } from './check';

/**
 * Whether what previews and policies look at besides the targets may be read. A worker that may not goes on, but sees less: it
 * warns instead of naming a full quota, and rules about labels of namespaces restrict.
 */
export async function checkSight(check: string, cluster: Pick<Cluster, 'missingPermissions'>): Promise<CheckResult> {
  const [quotas, facts] = await Promise.all([
    cluster.missingPermissions(quotaPermissions),
    cluster.missingPermissions([factPermission]),
  ]);
  const unseen = [
    { missing: quotas, what: 'whether a namespace has room for pods stays unknown' },
    { missing: facts, what: 'policies that ask for labels of namespaces restrict' },
  ].filter(({ missing }) => missing.length > 0);
  if (unseen.length === 0) return ok(check, 'quotas, limit ranges and namespaces can be read');
  const lines = unseen.map(({ missing, what }) => `${missing.map(describePermission).join(', ')}: ${what}`);
  return warning(
    check,
    `missing: ${lines.join('; ')}`,
    'Grant them to this user, or to the ServiceAccount of the worker: `kubernaut rbac` writes them.',
  );
}
