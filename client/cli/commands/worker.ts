import { Command } from 'commander';
import { type CliContext, examples, handler } from '../cli-context';
import { clustersOf } from '../cluster-options';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { findPlace } from '../session';
import { runWorkerProcess, withSettingsFile } from '../worker-process';

/** The worker's own exit codes (workers/main.ts), in words of the CLI's. */
const exitCodes: Readonly<Record<number, ExitCode>> = {
  0: ExitCode.ok,
  2: ExitCode.usage,
  3: ExitCode.unreachable,
};

export function workerCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('worker')
    .description('Run a worker: it does the work of remediations until it is stopped')
    .action(
      handler(context, async (_options: object, self: Command): Promise<ExitCode> => {
        const options = globalOptions(self);
        const place = findPlace(options, io);
        const settings = {
          ...place.settings,
          temporal: { ...place.settings.temporal, profile: options.profile ?? place.settings.temporal.profile },
          clusters: clustersOf(place.settings, options),
        };
        const { address, namespace } = place.target;
        const env = { ...io.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
        const code = await withSettingsFile(settings, (settingsFile) => runWorkerProcess(io, { settingsFile, env }));
        return exitCodes[code] ?? ExitCode.unexpected;
      }),
    );
  command.addHelpText(
    'after',
    '\nLogs go to stdout as JSON lines; /metrics, /healthz and /readyz are served where the settings say. SIGTERM or Ctrl-C\n' +
      'drains: no new work is taken, what runs gets worker.shutdownGraceSeconds. A second Ctrl-C ends it at once.',
  );
  return examples(command, [
    ['kubernaut worker --context kind-dev', 'Work on one cluster of your kubeconfig, called `default` in plans'],
    ['kubernaut worker --config /etc/kubernaut/kubernaut.yaml', 'As in production: everything in the settings'],
  ]);
}
