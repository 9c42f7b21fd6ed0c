import { Command } from 'commander';
import { actionDetails } from '../../action-details';
import { loadCatalogue, loadRules } from '../catalogue';
import { CliError } from '../cli-error';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { renderAction, renderActions } from '../output/action-view';
import { colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';

interface ActionsOptions {
  executor?: string;
  output: string;
}

export function actionsCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('actions')
    .description('List the actions a plan may name, or explain one')
    .argument('[name]', 'action to explain: parameters, permissions, examples')
    .option('--executor <type>', 'only of this executor: kubernetes, monitoring, custom or a plugin’s')
    .addOption(outputOption())
    .action(
      handler(context, async (name: string | undefined, { executor, output }: ActionsOptions, self: Command) => {
        const catalogue = await loadCatalogue(globalOptions(self), io);
        const rules = loadRules(globalOptions(self), io);
        const colors = colorsFor(io);
        if (name !== undefined) {
          if (executor !== undefined) throw new CliError(ExitCode.usage, 'Give either a name or --executor, not both.');
          const details = actionDetails(catalogue, catalogue.get(name), rules);
          return printData(io, output, details, () => renderAction(details, colors));
        }
        const all = catalogue.list(executor).map((action) => actionDetails(catalogue, action, rules));
        return printData(io, output, all, () => renderActions(all, colors));
      }),
    );
  return examples(command, [
    ['kubernaut actions', 'All actions, with their risk and undo'],
    ['kubernaut actions scale_deployment', 'When to use it, its parameters, an example to copy'],
    ['kubernaut actions -o json | jq -r \'.[] | select(.risk == "low") | .name\'', 'Names of the harmless ones'],
  ]);
}
