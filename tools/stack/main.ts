import { Command } from 'commander';
import { streamProgress } from '../progress';
import { SetupError } from '../setup-error';
import { testDynamicConfig } from './stack';
import { startStack } from './start-stack';

interface Flags {
  nodes: string;
  name: string;
  temporalPort?: string;
  webUiPort?: string;
  db?: string;
  workdir?: string;
  keep?: boolean;
  monitoring?: boolean;
  fastTimers?: boolean;
}

/** `node lib/tools/stack/main.js`: starts a stack, prints its addresses as one JSON line, and stays until it is told to stop. */
async function main(): Promise<void> {
  const flags = new Command()
    .description('Start a development stack (Temporal and a Kubernetes cluster) until Ctrl-C.')
    .option('--nodes <n>', 'nodes of the cluster', '3')
    .option('--name <name>', 'name of the cluster', 'kubernaut-dev')
    .option('--temporal-port <port>', 'default: a free one')
    .option('--web-ui-port <port>', 'default: a free one')
    .option('--db <file>', 'database file of the Temporal server; default: in memory')
    .option('--workdir <folder>', 'default: a new temporary folder')
    .option('--keep', 'leave the workdir (logs, data) when stopping')
    .option('--monitoring', 'Prometheus and Alertmanager too')
    .option('--fast-timers', 'dynamic configuration as in the tests')
    .parse()
    .opts<Flags>();
  const stack = await startStack({
    nodes: Number(flags.nodes),
    clusterName: flags.name,
    temporalPort: flags.temporalPort === undefined ? undefined : Number(flags.temporalPort),
    webUiPort: flags.webUiPort === undefined ? undefined : Number(flags.webUiPort),
    temporalDatabase: flags.db,
    workdir: flags.workdir,
    keep: flags.keep,
    monitoring: flags.monitoring,
    dynamicConfig: flags.fastTimers === true ? testDynamicConfig : undefined,
    progress: streamProgress(),
  });
  const { restartTemporal: _restart, stop: _stop, ...addresses } = stack;
  process.stdout.write(`${JSON.stringify(addresses)}\n`);

  // A timer keeps the process alive; nothing else here does.
  const alive = setInterval(() => {}, 60_000);
  const stop = (): void => {
    clearInterval(alive);
    void stack.stop();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop).once('SIGHUP', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof SetupError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
});
