import { Command, InvalidArgumentError } from 'commander';
import { policySet, readPolicyFiles } from '../../../activities/policy/load-policies';
import type * as Backtest from '../../policy/backtest';
import { loadCatalogue } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderTable } from '../output/table';
import { findPlace, withSession } from '../session';

interface BacktestFlags {
  output: string;
  limit: number;
  all?: boolean;
}

export function policyBacktestCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('backtest')
    .description('Ask the policies of the settings about past remediations: what would have gone another way')
    .option('--limit <n>', 'at most so many remediations, newest first', positive, 200)
    .option('--all', 'list every incident, not only those that would go another way')
    .addOption(outputOption())
    .action(
      handler(context, async ({ output, limit, all = false }: BacktestFlags, self: Command) => {
        const options = globalOptions(self);
        const registry = await loadCatalogue(options, io);
        // Broken policies are told before anybody is asked.
        const { policy } = findPlace(options, io).settings;
        const set = policySet(policy, readPolicyFiles(policy));
        await withSession(options, io, async ({ client, settings: { clusters } }) => {
          const { backtest, countBy } = require('../../policy/backtest') as typeof Backtest;
          const places = { policy, clusters };
          const incidents = await withProgress(io, 'Reading past remediations', () =>
            backtest(client, { set, places, registry, limit }),
          );
          const data = {
            version: set.version,
            mode: policy.mode,
            now: countBy(incidents, ({ now }) => now),
            was: countBy(incidents, ({ was }) => was),
            incidents,
          };
          printData(io, output, data, () => render(incidents, all));
        });
      }),
    );
  return examples(command, [
    ['kubernaut policy backtest', 'What the policies of ./kubernaut.yaml would have done'],
    ['kubernaut policy backtest --all', 'Each incident with what happened and what would happen now'],
    ['kubernaut policy backtest --config stricter.yaml -o json', 'Those of another file, for a tool'],
  ]);
}

function render(incidents: readonly Backtest.BacktestIncident[], all: boolean): string {
  const { tally } = require('../../policy/backtest') as typeof Backtest;
  if (incidents.length === 0) return 'There are no past remediations here to ask about.';
  const shown = all ? incidents : incidents.filter(({ was, now }) => was !== now);
  const rows = shown.map(({ id, at, outcome, was, now, rules, remediations }) => {
    const of = remediations.length > 1 ? `${id} (${remediations.length} remediations)` : id;
    return [of, at, outcome, was, now, rules.join(', ')];
  });
  return [
    `now  ${tally(incidents, ({ now }) => now)}`,
    `was  ${tally(incidents, ({ was }) => was)}`,
    '',
    rows.length === 0
      ? 'None would go another way.'
      : renderTable(['INCIDENT', 'STARTED', 'OUTCOME', 'WAS', 'NOW', 'RULES'], rows),
  ].join('\n');
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('must be a whole number from 1.');
  return number;
}
