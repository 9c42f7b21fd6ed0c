import { Command, InvalidArgumentError } from 'commander';
import type { AuditSearch } from '../../audit/search-audit';
import type * as SearchAudit from '../../audit/search-audit';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { colorOfState, type Colors, colorsFor } from '../output/colors';
import { printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderTable } from '../output/table';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { outputOf } from './audit-output';
import { parseTime } from './audit-time';

interface SearchCommandOptions {
  target?: string;
  action?: string;
  by?: string;
  outcome?: string;
  cluster?: string;
  since?: Date;
  until?: Date;
  limit: number;
  histories: number;
  page?: string;
}

/** `kubernaut audit search`. */
export function auditSearchCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('search')
    .description('Find remediations by what they did, to what, by whom, how they ended, and when')
    .option('--target <target>', 'Deployment/NAMESPACE/NAME of any step')
    .option('--action <action>', 'has a step with this action')
    .option('--by <name>', 'asked for it, or steered it')
    .option('--outcome <outcome>', 'succeeded, rolled_back, …')
    .option('--cluster <name>', 'the plan’s cluster')
    .option('--since <time>', 'started since: 2026-11-24, a time with zone, or 7d', parseTime)
    .option('--until <time>', 'started until', parseTime)
    .option('--limit <n>', 'at most so many', count, 50)
    .option('--histories <n>', 'read at most so many histories', count, 1000)
    .option('--page <page>', 'go on where a search with the same filters stopped')
    .action(
      handler(context, async (options: SearchCommandOptions, self: Command) => {
        const { limit, histories: maxHistories, page, ...filter } = options;
        const output = outputOf(self);
        const search = await withSession(globalOptions(self), io, ({ client }) => {
          const { searchAudit } = require('../../audit/search-audit') as typeof SearchAudit;
          return withProgress(io, 'Searching', (say) =>
            searchAudit(client, filter, {
              limit,
              maxHistories,
              page,
              onProgress: (read, found) => say(`Searching: ${read} histories read, ${found} found`),
            }),
          );
        });
        if (output === 'ndjson') for (const info of search.found) writeLine(io.stdout, JSON.stringify(info));
        else printData(io, output, search, () => renderFound(search, colorsFor(io)));
        writeLine(io.stderr, notes(search).join('\n'));
      }),
    );
  return examples(command, [
    ['kubernaut audit search --target Deployment/shop/web --since 7d', 'What was done to it this week?'],
    ['kubernaut audit search --by alice --outcome rolled_back -o ndjson', 'For a script'],
  ]);
}

function notes({ found, byHistory, histories, nextPage }: AuditSearch): string[] {
  const filters = byHistory.map((name) => `--${name}`).join(' and ');
  return [
    ...(byHistory.length > 0 ? [`Visibility cannot answer ${filters}: ${histories} histories were read for it.`] : []),
    ...(found.length === 0 && nextPage === undefined ? ['Nothing matches.'] : []),
    ...(nextPage === undefined ? [] : [`There may be more: --page ${nextPage}`]),
  ];
}

function renderFound({ found }: AuditSearch, colors: Colors): string {
  if (found.length === 0) return '';
  return renderTable(
    ['ID', 'OUTCOME', 'STARTED', 'CLUSTER', 'TARGET', 'ACTIONS'].map(colors.dim),
    found.map(({ id, outcome, state, status, startedAt, cluster, target, actions }) => [
      id,
      colorOfState(colors, outcome ?? state ?? status),
      startedAt,
      cluster,
      target,
      actions.join(', '),
    ]),
  );
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}
