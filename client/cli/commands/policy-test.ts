import { resolve } from 'node:path';
import { Command } from 'commander';
import { policySet, readPolicyFiles } from '../../../activities/policy/load-policies';
import { readPolicyTests, runPolicyTest } from '../../policy/test-file';
import { loadCatalogue } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { renderTable } from '../output/table';
import { findPlace } from '../session';

export function policyTestCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('test')
    .description('Ask the policies of the settings about plans with given facts, and compare the decisions')
    .argument('<file...>', 'files of kind PolicyTest')
    .addOption(outputOption())
    .action(
      handler(context, async (files: string[], { output }: { output: string }, self: Command) => {
        const options = globalOptions(self);
        const { settings } = findPlace(options, io);
        const set = policySet(settings.policy, readPolicyFiles(settings.policy));
        const registry = await loadCatalogue(options, io);
        const results = files
          .flatMap((file) => readPolicyTests(resolve(io.cwd, file)))
          .map((test) => runPolicyTest(set, test, registry));
        const colors = colorsFor(io);
        printData(io, output, results, () =>
          renderTable(
            ['', 'CASE', 'EXPECTED', 'GOT', 'RULES'],
            results.map(({ passed, name, expected, got, rules }) => [
              passed ? colors.green('✓') : colors.red('✗'),
              name,
              expected,
              got,
              rules.join(', '),
            ]),
          ),
        );
        return results.every(({ passed }) => passed) ? ExitCode.ok : ExitCode.checksFailed;
      }),
    );
  return examples(command, [
    ['kubernaut policy test examples/policies/test.yaml', 'Exit code 9 when a decision is another one than expected'],
  ]);
}
