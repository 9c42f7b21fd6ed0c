import { Command } from 'commander';
import type { GuardView } from '../../../plan/guard/model';
import { Guards } from '../../guards';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderTable } from '../output/table';
import { writeLine } from '../output/write';
import { withSession } from '../session';

interface ReleaseOptions {
  reason: string;
  by?: string;
  holder?: string;
  reset?: boolean;
}

/** `kubernaut guard list|show|release`. */
export function guardCommand(context: CliContext): Command {
  const { io } = context;
  const list = new Command('list')
    .description('List the guards that are held, waited for, or still remember something')
    .addOption(outputOption())
    .action(
      handler(context, async (options: { output: string }, self: Command) => {
        const found = await withSession(globalOptions(self), io, ({ client }) =>
          withProgress(io, 'Asking the guards', () => new Guards(client).list()),
        );
        printData(io, options.output, found, () => renderList(found));
        if (found.length === 0 && options.output === 'table') writeLine(io.stderr, 'No guard is held or waited for.');
      }),
    );
  const show = new Command('show')
    .description('Show who holds a guard, who waits behind whom, why and until when')
    .argument('<scope>', 'target/CLUSTER/KIND/NAMESPACE/NAME, nodes/CLUSTER or cluster/CLUSTER')
    .addOption(outputOption())
    .action(
      handler(context, async (scope: string, options: { output: string }, self: Command) => {
        const view = await withSession(globalOptions(self), io, ({ client }) => new Guards(client).get(scope));
        printData(io, options.output, view, () => renderGuard(view));
      }),
    );
  const release = new Command('release')
    .description('Take a guard from its holders, which stop and undo what they did; with --reset, forget what happened')
    .argument('<scope>', 'as `kubernaut guard list` shows it')
    .requiredOption('--reason <text>', 'why; recorded in the guard and in the remediation')
    .option('--by <name>', `who decides (default: your user name, ${io.userName})`)
    .option('--holder <id>', 'only from this remediation')
    .option('--reset', 'leave the holders; forget cooldowns, failures and records instead')
    .action(
      handler(context, async (scope: string, options: ReleaseOptions, self: Command) => {
        const { reason, holder, by = io.userName } = options;
        const request = { by, reason, ...(holder !== undefined && { holder }) };
        const answer = await withSession(globalOptions(self), io, ({ client }) =>
          options.reset ? new Guards(client).reset(scope, request) : new Guards(client).release(scope, request),
        );
        writeLine(io.stdout, answer);
      }),
    );
  const command = new Command('guard').description('Look at guards: what limits remediations, and who waits for what');
  for (const each of [list, show, release]) command.addCommand(each);
  return examples(command, [
    ['kubernaut guard list', 'Who holds what?'],
    ['kubernaut guard show target/prod/Deployment/shop/web', 'Why does my remediation wait?'],
    ['kubernaut guard release target/prod/Deployment/shop/web --reset --reason "repaired"', 'Try again after failures'],
  ]);
}

function renderList(found: readonly GuardView[]): string {
  if (found.length === 0) return '';
  const rows = found.map(({ scope, capacity, holders, queue, breaker }) => [
    scope,
    `${holders.length} of ${capacity}`,
    String(queue.length),
    breaker.openUntil ?? '-',
    holders.map(({ holder }) => holder).join(', ') || '-',
  ]);
  return renderTable(['SCOPE', 'HELD', 'WAITING', 'CLOSED UNTIL', 'HOLDERS'], rows);
}

function renderGuard({ scope, capacity, holders, queue, cooldowns, breaker, notes }: GuardView): string {
  const failures = breaker.of === undefined ? '' : `, ${breaker.failures} of ${breaker.of} failures`;
  return [
    `${scope}: ${holders.length} of ${capacity} held, ${queue.length} waiting${failures}`,
    ...(breaker.openUntil ? [`closed until ${breaker.openUntil}`] : []),
    ...holders.map(
      ({ holder, since, token, actions }) => `held by ${holder} since ${since} (token ${token}): ${actions.join(', ')}`,
    ),
    ...queue.map(({ position, holder, why, until, deadline }) =>
      [`${position}. ${holder}: ${why}`, ...(until ? [`until ${until}`] : []), `refused after ${deadline}`].join('; '),
    ),
    ...cooldowns.map(({ action, until, after }) => `cooldown of ${action} until ${until}, after ${after}`),
    ...notes.map(({ at, what, detail }) => `${at} ${what}: ${detail}`),
  ].join('\n');
}
