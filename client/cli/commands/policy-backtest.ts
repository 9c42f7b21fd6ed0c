import { Command, InvalidArgumentError } from 'commander';
import { policySet, readPolicyFiles } from '../../../activities/policy/load-policies';
import type * as Backtest from '../../policy/backtest';
import { loadCatalogue } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderTable } from '../output/table';
import { withSession } from '../session';

export function policyBacktestCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('backtest')
    .description('Ask the policies of the settings about past remediations: what would have gone another way')
    .option('--limit <n>', 'at most so many, newest first', positive, 200)
    .addOption(outputOption())
    .action(
      handler(context, async ({ output, limit }: { output: string; limit: number }, self: Command) => {
        const options = globalOptions(self);
        const registry = await loadCatalogue(options, io);
        await withSession(options, io, async ({ client, settings }) => {
          const { backtest, tally } = require('../../policy/backtest') as typeof Backtest;
          const set = policySet(settings.policy, readPolicyFiles(settings.policy));
          const places = { policy: settings.policy, clusters: settings.clusters };
          const cases = await withProgress(io, 'Reading past remediations', () =>
            backtest(client, set, places, registry, limit),
          );
          const differ = cases.filter(({ was, now }) => was !== now);
          printData(io, output, { version: set.version, cases }, () =>
            [
              `now  ${tally(cases, ({ now }) => now)}`,
              `was  ${tally(cases, ({ was }) => was)}`,
              ...(differ.length === 0 ? ['', 'None would go another way.'] : []),
              ...(differ.length === 0
                ? []
                : [
                    '',
                    renderTable(
                      ['REMEDIATION', 'STARTED', 'OUTCOME', 'WAS', 'NOW', 'RULES'],
                      differ.map(({ id, at, outcome, was, now, rules }) => [
                        id,
                        at,
                        outcome,
                        was,
                        now,
                        rules.join(', '),
                      ]),
                    ),
                  ]),
            ].join('\n'),
          );
        });
      }),
    );
  return examples(command, [
    ['kubernaut policy backtest', 'What the policies of ./kubernaut.yaml would have done'],
    ['kubernaut policy backtest --config stricter.yaml -o json', 'Those of another file, for a tool'],
  ]);
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('must be a whole number from 1.');
  return number;
}
