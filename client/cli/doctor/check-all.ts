import { policySet } from '../../../activities/policy/load-policies';
import type { ActionRegistry } from '../../../activities/registry';
import type { PolicySettings } from '../../../config/sections/policy';
import type { ClusterSettings } from '../../../config/settings';
import { clusterTaskQueue, MAIN_TASK_QUEUE, PATIENT_TASK_QUEUE } from '../../../plan/task-queues';
import { loadCatalogue } from '../catalogue';
import type { CliIo } from '../cli-io';
import { clustersOf } from '../cluster-options';
import { connect } from '../connect';
import type { GlobalOptions } from '../global-options';
import { findPlace, type Place } from '../session';
import { type CheckResult, failed, messageOf, ok, skipped, warning } from './check';
import { checkAuditSinks } from './check-audit-sinks';
import { checkCluster } from './check-cluster';
import { checkHolmesGpt } from './check-holmesgpt';
import { checkMonitoring } from './check-monitoring';
import { checkTemporal } from './check-temporal';

/** Everything that `kubernaut doctor` looks at, side by side; never throws for what it finds. */
export async function checkAll(options: GlobalOptions, io: CliIo): Promise<CheckResult[]> {
  const place = findPlace(options, io);
  const clusters = clustersOf(place.settings, options);
  const registry = await loadCatalogue(options, io);
  const clusterQueues = clusters.flatMap((cluster) => queuesOf(cluster, registry));
  const queues = [MAIN_TASK_QUEUE, PATIENT_TASK_QUEUE, ...clusterQueues];
  const parts = await Promise.all([
    checkServer(place, queues),
    checkAuditSinks(place),
    ...clusters.map((cluster) =>
      checkCluster(
        cluster,
        registry.list().filter((action) => action.clusterScoped),
      ),
    ),
    ...clusters.map((cluster) => checkMonitoring(cluster)),
    ...(place.settings.holmesgpt ? [checkHolmesGpt(place.settings.holmesgpt).then((result) => [result])] : []),
  ]);
  const settings = ok('settings', place.settingsFile ?? 'no file, all is default');
  return [settings, checkPolicies(place.settings.policy), ...parts.flat(), ...noCluster(clusters)];
}

/** As a worker would start with them; one that runs goes on with the last good ones. */
function checkPolicies(settings: PolicySettings): CheckResult {
  try {
    const { policies, version } = policySet(settings);
    const rules = policies.reduce((sum, { spec }) => sum + spec.rules.length, 0);
    return ok('policies', `mode ${settings.mode}, ${rules} rules, ${version.slice(0, 19)}`);
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/\n\s+/g, ' ') : String(error);
    return failed(
      'policies',
      message,
      '`kubernaut policy check FILE` lists every problem; workers keep the last good ones.',
    );
  }
}

async function checkServer(place: Place, queues: readonly string[]): Promise<CheckResult[]> {
  const { address, namespace } = place.target;
  try {
    const connection = await connect(place.target);
    try {
      return [ok('temporal', `${address} answers`), ...(await checkTemporal(connection, namespace, queues))];
    } finally {
      await connection.close();
    }
  } catch (error) {
    const remedy = 'Check --address, TEMPORAL_ADDRESS, the settings or temporal.toml; `kubernaut dev` starts a server.';
    return [
      failed('temporal', messageOf(error), remedy),
      ...[`namespace ${namespace}`, 'search attributes', 'workers'].map((check) => skipped(check, 'needs Temporal')),
    ];
  }
}

/** A cluster without monitoring has nothing to do for a worker of that executor: nobody need be there. */
function queuesOf({ name, monitoring }: ClusterSettings, registry: ActionRegistry): string[] {
  const executors = new Set(
    registry
      .list()
      .filter((action) => action.clusterScoped)
      .map(({ executor }) => executor),
  );
  if (monitoring === undefined) executors.delete('monitoring');
  return [...executors].map((executor) => clusterTaskQueue(name, executor));
}

function noCluster(clusters: readonly ClusterSettings[]): CheckResult[] {
  if (clusters.length > 0) return [];
  return [
    warning(
      'clusters',
      'none is named, so none was checked',
      'Name them in the settings, or give --context or --kubeconfig.',
    ),
  ];
}
