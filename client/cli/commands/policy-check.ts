import { resolve } from 'node:path';
import { Command } from 'commander';
import { policyProblemLine, readPolicyFiles } from '../../../activities/policy/load-policies';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { outputOption, printData } from '../output/format';
import { writeLine } from '../output/write';

export function policyCheckCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('check')
    .description('Check policy files without a server: form, windows, time zones and expressions')
    .argument('<file...>', 'policy files, or folders of them')
    .addOption(outputOption())
    .action(
      handler(context, async (files: string[], { output }: { output: string }) => {
        const read = readPolicyFiles({ files: files.map((file) => resolve(io.cwd, file)), defaults: false });
        const broken = read.some(({ problems }) => problems.length > 0);
        if (output !== 'table') {
          const data = read.map(({ file, policy, problems }) => ({ file, valid: policy !== undefined, problems }));
          printData(io, output, data, () => '');
          return broken ? ExitCode.usage : ExitCode.ok;
        }
        for (const { file, policy, problems } of read) {
          for (const problem of problems) writeLine(io.stderr, policyProblemLine(file, problem));
          const rules = policy?.spec.rules.length ?? 0;
          if (policy)
            writeLine(
              io.stdout,
              `${file}: ${policy.metadata.name} is valid (${rules === 1 ? '1 rule' : `${rules} rules`})`,
            );
        }
        return broken ? ExitCode.usage : ExitCode.ok;
      }),
    );
  return examples(command, [
    ['kubernaut policy check policies/', 'Check a folder; exit code 2 when any file has a problem'],
  ]);
}
