import { Command } from 'commander';
import type { ActionRegistry } from '../../../activities/registry';
import type { ClusterSettings } from '../../../config/settings';
import { clusterTaskQueue, MAIN_TASK_QUEUE } from '../../../plan/task-queues';
import { loadCatalogue } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import type { CliIo } from '../cli-io';
import { clustersOf } from '../cluster-options';
import { type CheckResult, failed, messageOf, ok, skipped, warning } from '../doctor/check';
import { checkCluster } from '../doctor/check-cluster';
import { checkTemporal } from '../doctor/check-temporal';
import { ExitCode } from '../exit-codes';
import { type GlobalOptions, globalOptions } from '../global-options';
import { type Colors, colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { connect, findPlace, type Place } from '../session';

export function doctorCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('doctor')
    .description('Check that everything Kubernaut needs is there and works')
    .addOption(outputOption())
    .action(
      handler(context, async ({ output }: { output: string }, self: Command): Promise<ExitCode> => {
        const results = await withProgress(io, 'Checking', () => checkAll(globalOptions(self), io));
        printData(io, output, results, () => renderChecks(results, colorsFor(io)));
        return results.some(({ state }) => state === 'failed') ? ExitCode.checksFailed : ExitCode.ok;
      }),
    );
  command.addHelpText(
    'after',
    '\nPermissions are those of whoever runs this command, as the API server itself answers (SelfSubjectAccessReview): run it\n' +
      'with the worker’s kubeconfig, or in its pod, to see what the worker lacks.',
  );
  return examples(command, [
    ['kubernaut doctor', 'Before the first run, and whenever something does not move'],
    [
      'kubernaut doctor -o json | jq \'.[] | select(.state == "failed")\'',
      'For monitoring; exit code 9 when something fails',
    ],
  ]);
}

async function checkAll(options: GlobalOptions, io: CliIo): Promise<CheckResult[]> {
  const place = findPlace(options, io);
  const clusters = clustersOf(place.settings, options);
  const registry = await loadCatalogue(options, io);
  const queues = [MAIN_TASK_QUEUE, ...clusters.flatMap((cluster) => queuesOf(cluster, registry))];
  const parts = await Promise.all([
    checkServer(place, queues),
    ...clusters.map((cluster) =>
      checkCluster(
        cluster,
        registry.list().filter((action) => action.clusterScoped),
      ),
    ),
  ]);
  return [ok('settings', place.settingsFile ?? 'no file, all is default'), ...parts.flat(), ...noCluster(clusters)];
}

async function checkServer(place: Place, queues: readonly string[]): Promise<CheckResult[]> {
  const { address, namespace } = place.target;
  try {
    const connection = await connect(place);
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

function queuesOf({ name }: ClusterSettings, registry: ActionRegistry): string[] {
  const executors = new Set(
    registry
      .list()
      .filter((action) => action.clusterScoped)
      .map(({ executor }) => executor),
  );
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

const marks = { ok: '✓', warning: '!', failed: '✗', skipped: '·' } as const;

function renderChecks(results: readonly CheckResult[], colors: Colors): string {
  const width = Math.max(...results.map(({ check }) => check.length));
  const color = { ok: colors.green, warning: colors.yellow, failed: colors.red, skipped: colors.dim };
  return results
    .map(({ check, state, reason, remedy }) => {
      const line = `${color[state](marks[state])} ${check.padEnd(width)}  ${reason}`;
      return remedy === undefined ? line : `${line}\n  ${' '.repeat(width)}  → ${remedy}`;
    })
    .join('\n');
}
