import { Command } from 'commander';
import { loadCatalogue } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import type { CliIo } from '../cli-io';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { writeLine } from '../output/write';
import { type CheckedPlan, checkPlanFile, findingLine } from '../plan-file';

export function planValidateCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('validate')
    .description('Check plans without a server: form, steps, expressions, actions and their parameters')
    .argument('<file...>', 'plan files, YAML or JSON; - reads stdin')
    .addOption(outputOption())
    .action(
      handler(context, async (files: string[], { output }: { output: string }, self: Command) => {
        const actions = await loadCatalogue(globalOptions(self), io);
        const checked: CheckedPlan[] = [];
        for (const file of files) checked.push(await checkPlanFile(io, file, actions));
        if (output === 'table') printLines(io, checked);
        else printData(io, output, checked.map(withoutPlan), () => '');
        return checked.some(({ problems }) => problems.length > 0) ? ExitCode.usage : ExitCode.ok;
      }),
    );
  command.addHelpText('after', '\nEach problem is one line: file:line:column path message — what to do about it.');
  return examples(command, [
    ['kubernaut plan validate examples/*.yaml', 'Check a folder of plans; exit code 2 when any has a problem'],
    ['generate-plan | kubernaut plan validate -', 'Check what another program wrote'],
    ["kubernaut plan validate plan.yaml -o json | jq '.[].problems[].code'", 'Codes, for a tool'],
  ]);
}

function printLines(io: CliIo, checked: readonly CheckedPlan[]): void {
  const out = colorsFor(io);
  const err = colorsFor(io, io.stderr);
  for (const { file, plan, problems, warnings } of checked) {
    for (const problem of problems) writeLine(io.stderr, findingLine(file, problem));
    for (const warning of warnings) writeLine(io.stderr, err.yellow(`warning: ${findingLine(file, warning)}`));
    if (problems.length > 0) continue;
    const steps = plan?.spec.steps.length ?? 0;
    writeLine(
      io.stdout,
      out.green(`${file}: ${plan?.metadata.name} is valid (${steps === 1 ? '1 step' : `${steps} steps`})`),
    );
  }
}

function withoutPlan({ file, plan, problems, warnings }: CheckedPlan): object {
  return { file, valid: problems.length === 0, name: plan?.metadata.name, problems, warnings };
}
