import { exitCodeMeanings } from '../../client/cli/exit-codes';
import { table } from './markdown';

/** The table of docs/cli.md. */
export function exitCodeTable(): string {
  return table(
    ['code', 'meaning'],
    exitCodeMeanings.map(([exitCode, meaning]) => [String(exitCode), meaning]),
  );
}
