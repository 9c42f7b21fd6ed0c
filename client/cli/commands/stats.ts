import { Command, InvalidArgumentError } from 'commander';
import type { Stats, StatsRow } from '../../stats/collect-stats';
import type * as CollectStats from '../../stats/collect-stats';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { type Colors, colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderTable } from '../output/table';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { parseTime } from './audit-time';

interface StatsOptions {
  since: Date;
  until?: Date;
  cluster?: string;
  histories: number;
  output: string;
}

/** `kubernaut stats`. */
export function statsCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('stats')
    .description('How often actions work: by action, kind of target and namespace, from what really happened')
    .option(
      '--since <time>',
      'remediations started since: 2026-11-24, a time with zone, or 7d (default: 30d)',
      parseTime,
    )
    .option('--until <time>', 'started until (default: now)', parseTime)
    .option('--cluster <name>', 'only plans of this cluster')
    .option('--histories <n>', 'read at most so many histories, the newest', count, 5000)
    .addOption(outputOption())
    .action(
      handler(context, async ({ output, histories, ...given }: StatsOptions, self: Command) => {
        const filter = { ...given, since: given.since ?? parseTime('30d') };
        const stats = await withSession(globalOptions(self), io, ({ client }) => {
          const { collectStats } = require('../../stats/collect-stats') as typeof CollectStats;
          return withProgress(io, 'Reading histories', (say) =>
            collectStats(client, filter, {
              maxHistories: histories,
              onProgress: (read) => say(`Reading histories: ${read} read`),
            }),
          );
        });
        printData(io, output, stats, () => renderStats(stats, colorsFor(io)));
        writeLine(io.stderr, notes(stats).join('\n'));
      }),
    );
  command.addHelpText(
    'after',
    '\nSUCCESS is the share of steps that worked, verified, among those that did something; a step that worked and was taken\n' +
      'back because another one failed (UNDONE) counts as worked. NO EFFECT: there was nothing to do. REFUSED: said no before\n' +
      'anything was done. Dry runs and remediations under way are not counted.',
  );
  return examples(command, [
    ['kubernaut stats --since 7d', 'What worked this week?'],
    ["kubernaut stats -o json | jq '.actions[] | select(.successRate < 0.9)'", 'What fails too often?'],
  ]);
}

function renderStats({ remediations, actions, targetKinds, namespaces }: Stats, colors: Colors): string {
  if (remediations.total === 0) return '';
  const outcomes = Object.entries(remediations.byOutcome).sort(([, a], [, b]) => b - a);
  return [
    `${remediations.total} remediations: ${outcomes.map(([outcome, n]) => `${n} ${outcome}`).join(', ')}`,
    ...table('ACTION', actions, colors),
    ...table('TARGET KIND', targetKinds, colors),
    ...table('NAMESPACE', namespaces, colors),
  ].join('\n');
}

function table(title: string, rows: readonly StatsRow[], colors: Colors): string[] {
  if (rows.length === 0) return [];
  const head = [title, 'SUCCESS', 'WORKED', 'UNDONE', 'FAILED', 'NO EFFECT', 'REFUSED'].map(colors.dim);
  const cells = rows.map(({ name, successRate, succeeded, undone, failed, no_effect, refused }) => [
    name,
    successRate === undefined ? '-' : `${(successRate * 100).toFixed(1)} %`,
    ...[succeeded + undone, undone, failed, no_effect, refused].map(String),
  ]);
  return ['', renderTable(head, cells)];
}

function notes({ remediations, complete, unreadable, since, until }: Stats): string[] {
  return [
    ...(remediations.total === 0 ? [`No remediation that ended was started from ${since} to ${until}.`] : []),
    ...(complete ? [] : ['There are more: only the newest were read; raise --histories or narrow the time.']),
    ...(unreadable === 0 ? [] : [`The history of ${unreadable} is gone: only their outcomes are counted.`]),
  ];
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number above 0.');
}
