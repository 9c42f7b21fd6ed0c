import { Command } from 'commander';
import { policySet, readPolicyFiles } from '../../../activities/policy/load-policies';
import type { PolicyRule } from '../../../plan/policy/schema';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { outputOption, printData } from '../output/format';
import { renderFields, renderTable } from '../output/table';
import { findPlace } from '../session';

export function policyShowCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('show')
    .description('Show the policies, modes and version that a worker with these settings would have')
    .addOption(outputOption())
    .action(
      handler(context, async ({ output }: { output: string }, self: Command) => {
        const { settings } = findPlace(globalOptions(self), io);
        const set = policySet(settings.policy, readPolicyFiles(settings.policy));
        const { mode, places, selfApproval, ownNamespaces } = settings.policy;
        printData(io, output, { ...set, mode, places, selfApproval, ownNamespaces }, () =>
          [
            renderFields([
              ['version', set.version],
              ['mode', mode],
              ...places.map(({ clusters = ['*'], namespaces = ['*'], mode: other }) => {
                return [`mode in ${clusters.join(',')}/${namespaces.join(',')}`, other] as const;
              }),
              ...(ownNamespaces.length > 0 ? [['own namespaces', ownNamespaces.join(', ')] as const] : []),
            ]),
            '',
            renderTable(
              ['RULE', 'EFFECT', 'WHEN', 'REASON'],
              set.policies.flatMap(({ metadata, spec }) =>
                spec.rules.map((rule) => [
                  `${metadata.name}/${rule.name}`,
                  effectOf(rule),
                  (rule.when ?? 'always').replace(/\s+/g, ' '),
                  rule.reason,
                ]),
              ),
            ),
          ].join('\n'),
        );
      }),
    );
  return examples(command, [['kubernaut policy show', 'Which rules hold here']]);
}

/** `deny`, `approval (2 of sre)`, `limit maxReplicas 110 → deny`. */
export function effectOf({ deny, approval, limit }: PolicyRule): string {
  if (deny) return 'deny';
  if (approval) {
    const who = approval.groups ? ` of ${approval.groups.join(', ')}` : '';
    return approval.quorum || approval.groups ? `approval (${approval.quorum ?? 1}${who})` : 'approval';
  }
  if (limit) {
    const { beyond = 'deny', ...bounds } = limit;
    const shown = Object.entries(bounds).map(([name, most]) => `${name} ${most}`);
    return `limit ${shown.join(', ')} → ${beyond}`;
  }
  return 'allow';
}
