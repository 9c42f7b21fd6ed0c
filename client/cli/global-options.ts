import { type Command, Option } from 'commander';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  config?: string;
  address?: string;
  namespace?: string;
  profile?: string;
  kubeconfig?: string;
  context?: string;
  debug?: boolean;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .option('--config <file>', 'settings file (default: KUBERNAUT_CONFIG, else ./kubernaut.yaml)')
    .option('--address <host:port>', 'Temporal server (default: TEMPORAL_ADDRESS, settings, temporal.toml)')
    .option('--namespace <name>', 'Temporal namespace (default: TEMPORAL_NAMESPACE, settings, temporal.toml)')
    .option('--profile <name>', 'profile of temporal.toml (default: TEMPORAL_PROFILE, settings, `default`)')
    .option('--kubeconfig <file>', 'kubeconfig of the clusters (default: settings, KUBECONFIG)')
    .option('--context <name>', 'kubeconfig context to use; nothing but named contexts is ever touched')
    .addOption(new Option('--debug', 'show stack traces'));
}

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}
