import { monitoringProbes } from '../../../activities/executors/monitoring/api/probe';
import { environmentSecrets, type Secrets } from '../../../activities/secrets';
import type { ClusterSettings } from '../../../config/settings';
import { KubernautError } from '../../../plan/errors';
import { type CheckResult, failed, messageOf, ok } from './check';

const callTimeoutMs = 5_000;

/** Whether the monitoring of a cluster answers and takes our credentials. Secrets are read from where doctor runs. */
export async function checkMonitoring(
  { name, monitoring }: Pick<ClusterSettings, 'name' | 'monitoring'>,
  secrets: Secrets = environmentSecrets(),
): Promise<CheckResult[]> {
  if (monitoring === undefined) return [];
  return await Promise.all(
    monitoringProbes(monitoring).map(async ({ server, url, probe }) => {
      const check = `${server} of ${name}`;
      try {
        await probe(secrets, callTimeoutMs);
        return ok(check, `${url} answers`);
      } catch (error) {
        return failed(check, messageOf(error), remedyOf(error, server));
      }
    }),
  );
}

/** The catalogue speaks of clusters. */
function remedyOf(error: unknown, server: string): string {
  const isAccess = error instanceof KubernautError && (error.code === 'UNAUTHORIZED' || error.code === 'FORBIDDEN');
  return isAccess
    ? `Correct its credentials in clusters[].monitoring.${server}.`
    : `Is it running, and is clusters[].monitoring.${server}.url right?`;
}
