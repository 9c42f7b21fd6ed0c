import { Command, InvalidArgumentError } from 'commander';
import type * as Conformance from '../../../activities/conformance';
import type { ClusterSource } from '../../../activities/cluster/kubeconfig';
import { createRegistry } from '../../../activities/actions';
import { loadPlugins } from '../../../activities/plugins';
import { loadSettings } from '../../../config/load-settings';
import { CliError } from '../cli-error';
import { type CliContext, examples, handler } from '../cli-context';
import type { CliIo } from '../cli-io';
import { ExitCode } from '../exit-codes';
import { type GlobalOptions, globalOptions } from '../global-options';
import { colorsFor } from '../output/colors';
import { failureCount, renderFindings } from '../output/conformance-view';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';

interface ConformanceCommandOptions {
  auditLog?: string;
  service: Readonly<Record<string, string>>;
  parallel: number;
  output: string;
}

export function conformanceCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('conformance')
    .description('Prove that actions keep their promises, on a cluster made for it')
    .argument('[actions...]', 'actions to prove (default: all, with those of the plugins)')
    .option('--audit-log <file>', 'the API server’s audit log, for the proof from the server’s side')
    .option('--service <name=url>', 'a further server that actions need, e.g. alertmanager; repeatable', service, {})
    .option('--parallel <n>', 'journeys at the same time', positive, 4)
    .addOption(outputOption())
    .action(
      handler(context, async (actions: string[], options: ConformanceCommandOptions, self: Command) => {
        const global = globalOptions(self);
        const cluster = namedCluster(global);
        // Loaded only here: the Kubernetes client takes half a second.
        const { findFixtures, runConformance } = require('../../../activities/conformance') as typeof Conformance;
        const { registry, plugins } = actionsOf(global, io);
        const { auditLog, service: services, parallel, output } = options;
        const findings = await withProgress(io, 'Proving', () =>
          runConformance({
            ...{ registry, cluster, services, parallel, signal: io.signal },
            fixtures: [...findFixtures(), ...plugins.flatMap(({ conformance = [] }) => conformance)],
            ...(actions.length > 0 && { actions }),
            ...(auditLog !== undefined && { auditLogPath: auditLog }),
          }),
        );
        printData(io, output, findings, () => renderFindings(findings, colorsFor(io)));
        return failureCount(findings) > 0 ? ExitCode.checksFailed : ExitCode.ok;
      }),
    );
  command.addHelpText(
    'after',
    '\nIt makes namespaces, workloads, roles and (on KWOK) nodes of its own, breaks and removes them: use a cluster that nobody\n' +
      'depends on, and a user that is cluster-admin there. Clusters of the settings are never taken.',
  );
  return examples(command, [
    ['kubernaut conformance --kubeconfig kind.yaml', 'Everything, on the current context of that file'],
    ['kubernaut conformance my_action --context kind-test --config kubernaut.yaml', 'One action of a plugin'],
    ['kubernaut conformance -o json … | jq \'.[] | select(.state == "failed")\'', 'Exit code 9 when something fails'],
  ]);
}

/** Staging breaks things on purpose, so the cluster must be named on this very command line. */
function namedCluster({ kubeconfig, context }: GlobalOptions): ClusterSource {
  if (kubeconfig === undefined && context === undefined) {
    throw new CliError(ExitCode.usage, 'No cluster was named, and none is ever taken by default.', {
      remedy: 'Name one that nobody depends on: --kubeconfig FILE and/or --context NAME. `kubernaut dev` starts one.',
    });
  }
  return { kubeconfig, context };
}

function actionsOf({ config }: GlobalOptions, io: CliIo) {
  const { settings } = loadSettings(config, { env: io.env, cwd: io.cwd });
  const registry = createRegistry(settings.actions);
  return { registry, plugins: loadPlugins(registry, settings.plugins) };
}

function service(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, url] = /^([a-z0-9-]+)=(\S+)$/.exec(text) ?? [];
  if (name === undefined || url === undefined) throw new InvalidArgumentError('Give name=http://host:port.');
  return { ...before, [name]: url };
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 64)
    throw new InvalidArgumentError('Give a number from 1 to 64.');
  return number;
}
