import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { loadSettings } from '../../../config/load-settings';
import { type CliContext, examples, handler } from '../cli-context';
import type { DevOptions } from '../dev/run-dev';
import type * as RunDev from '../dev/run-dev';
import type { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';

export function devCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('dev')
    .description('Start a Temporal server, a Kubernetes cluster and a worker of your own, until Ctrl-C')
    .option('--nodes <n>', 'nodes of the cluster', wholeNumber, 3)
    .option('--temporal-port <port>', 'default: 7233 if it is free, else any', wholeNumber)
    .option('--web-ui-port <port>', 'default: 8233 if it is free, else any', wholeNumber)
    .option('--db <file>', 'keep workflows in this file; without it they end with the server')
    .action(
      handler(context, async (options: DevOptions, self: Command): Promise<ExitCode> => {
        const { settings } = loadSettings(globalOptions(self).config, { env: io.env, cwd: io.cwd });
        io.ownsProcesses();
        const { runDev } = require('../dev/run-dev') as typeof RunDev;
        return runDev(io, settings, {
          ...options,
          db: options.db === undefined ? undefined : resolve(io.cwd, options.db),
        });
      }),
    );
  command.addHelpText(
    'after',
    '\nReal servers: the Temporal development server with its Web UI, and a Kubernetes API server, scheduler and controllers\n' +
      'with simulated nodes. The first start gets them, which can take minutes; later ones take seconds. Your own cluster and\n' +
      'your own kubeconfig are not touched.',
  );
  return examples(command, [
    ['kubernaut dev', 'Everything to try a first plan; prints how'],
    ['kubernaut dev --nodes 5 --db ./temporal.db', 'More nodes, and workflows that outlive a restart'],
  ]);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new InvalidArgumentError('A whole number from 1.');
  return value;
}
