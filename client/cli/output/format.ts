import { Option } from 'commander';
import { stringify } from 'yaml';
import type { CliIo } from '../cli-io';
import { writeLine } from './write';

export const OutputFormat = { table: 'table', json: 'json', yaml: 'yaml' } as const;
export type OutputFormat = (typeof OutputFormat)[keyof typeof OutputFormat];

/** `-o`, on every command that prints data. */
export function outputOption(formats: readonly string[] = Object.values(OutputFormat)): Option {
  return new Option('-o, --output <format>', 'how to print').choices([...formats]).default('table');
}

/** Data as JSON or YAML on stdout, or as the table that `table` makes of it. JSON is indented for people; jq does not mind. */
export function printData(io: CliIo, format: string, data: unknown, table: () => string): void {
  if (format === OutputFormat.json) writeLine(io.stdout, JSON.stringify(data, undefined, 2));
  else if (format === OutputFormat.yaml)
    io.stdout.write(stringify(data, { lineWidth: 0, aliasDuplicateObjects: false }));
  else writeLine(io.stdout, table());
}
