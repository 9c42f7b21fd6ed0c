import { Command, InvalidArgumentError } from 'commander';
import { Outcome } from '../../../plan/outcome';
import { RunPhase } from '../../../plan/steering';
import type { ListFilter, RemediationInfo } from '../../visibility';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { age } from '../output/age';
import { colorOfState, type Colors, colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderTable } from '../output/table';
import { writeLine } from '../output/write';
import { withSession } from '../session';

interface ListCommandOptions extends ListFilter {
  limit: number;
  targetNamespace?: string;
  output: string;
}

export function listCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('list')
    .description('List remediations: running ones first, then the newest')
    .option('--state <phase>', `only in this phase: ${Object.values(RunPhase).join(', ')}`, oneOf(RunPhase))
    .option('--outcome <outcome>', `only ended so: ${Object.values(Outcome).join(', ')}`, oneOf(Outcome))
    .option('--target <Kind/namespace/name>', 'only with this first target')
    .option('--target-namespace <name>', 'only with a first target in this Kubernetes namespace')
    .option('--cluster <name>', 'only of this cluster')
    .option('--action <name>', 'only with a step of this action')
    .option('--limit <n>', 'at most so many', wholeNumber, 50)
    .addOption(outputOption())
    .action(
      handler(context, async (options: ListCommandOptions, self: Command) => {
        const { output, targetNamespace, ...rest } = options;
        const filter: ListFilter = { ...rest, namespace: targetNamespace };
        const found = await withSession(globalOptions(self), io, ({ remediations }) =>
          withProgress(io, 'Listing remediations', () => remediations.list(filter)),
        );
        printData(io, output, found, () => renderList(found, colorsFor(io), Date.now()));
        if (found.length === 0 && output === 'table') writeLine(io.stderr, 'No remediation matches.');
      }),
    );
  return examples(command, [
    ['kubernaut list --state awaiting_approval', 'What waits for a person?'],
    ['kubernaut list --target Deployment/shop/web --limit 5', 'What happened to this Deployment lately?'],
    ["kubernaut list --outcome rollback_failed -o json | jq -r '.[].id'", 'Ids only, for a script'],
  ]);
}

function renderList(found: readonly RemediationInfo[], colors: Colors, now: number): string {
  if (found.length === 0) return '';
  return renderTable(
    ['ID', 'STATE', 'OUTCOME', 'WAITS FOR', 'AGE', 'CLUSTER', 'TARGET', 'ACTIONS'].map(colors.dim),
    found.map((info) => [
      info.id,
      colorOfState(colors, info.endedAt === undefined ? (info.state ?? info.status) : 'ended'),
      colorOfState(colors, outcomeOf(info)),
      info.waitsForApproval ? colors.yellow('approval') : '-',
      age(now - Date.parse(info.startedAt)),
      info.cluster ?? '-',
      info.target ?? '-',
      actionsText(info.actions) + (info.dryRun ? colors.dim(' (dry run)') : ''),
    ]),
  );
}

/** A workflow that was terminated or timed out from outside has no outcome of its own. */
function outcomeOf({ outcome, endedAt, status }: RemediationInfo): string {
  return outcome ?? (endedAt === undefined ? '-' : status);
}

function actionsText(actions: readonly string[]): string {
  return actions.length <= 3 ? actions.join(',') : `${actions.slice(0, 3).join(',')} +${actions.length - 3}`;
}

function oneOf(values: Readonly<Record<string, string>>): (text: string) => string {
  return (text) => {
    if (Object.values(values).includes(text)) return text;
    throw new InvalidArgumentError(`Choose from ${Object.values(values).join(', ')}.`);
  };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000) throw new InvalidArgumentError('1 to 10000.');
  return value;
}
