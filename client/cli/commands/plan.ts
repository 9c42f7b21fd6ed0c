import { Command } from 'commander';
import type { CliContext } from '../cli-context';
import { planPreviewCommand } from './plan-preview';
import { planSchemaCommand } from './plan-schema';
import { planValidateCommand } from './plan-validate';

export function planCommand(context: CliContext): Command {
  return new Command('plan')
    .description('Check plans and see what they would do')
    .addCommand(planValidateCommand(context))
    .addCommand(planPreviewCommand(context))
    .addCommand(planSchemaCommand(context));
}
