import type { Command } from 'commander';
import type { CliIo } from '../cli-io';

export interface DecisionOptions {
  by?: string;
  reason?: string;
  step?: string;
}

/** What `approve`, `reject` and `abort` have in common. */
export function addDecisionOptions(command: Command, io: CliIo): Command {
  return command
    .option('--by <name>', `who decides, as recorded in the audit (default: your user name, ${io.userName})`)
    .option('--reason <text>', 'why; recorded in the audit');
}

export function decider({ by }: DecisionOptions, io: CliIo): string {
  return by ?? io.userName;
}

/** Says whose name was recorded, where nobody gave one. */
export function signature(options: DecisionOptions, io: CliIo): string {
  return options.by === undefined ? `Recorded as ${io.userName}, your user name here; --by says otherwise.` : '';
}
