import { Command } from 'commander';
import { planJsonSchema } from '../../../plan/schema';
import { type CliContext, examples, handler } from '../cli-context';
import { writeLine } from '../output/write';

export function planSchemaCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('schema')
    .description('Print the JSON Schema of a plan, for editors and other tools')
    .action(handler(context, async () => writeLine(io.stdout, JSON.stringify(planJsonSchema(), undefined, 2))));
  return examples(command, [
    ['kubernaut plan schema > remediation-plan.schema.json', 'Then, as first line of a plan:'],
    ['# yaml-language-server: $schema=remediation-plan.schema.json', 'completion and checks while typing'],
  ]);
}
