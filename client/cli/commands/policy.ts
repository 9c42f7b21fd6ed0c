import { Command } from 'commander';
import type { CliContext } from '../cli-context';
import { policyBacktestCommand } from './policy-backtest';
import { policyCheckCommand } from './policy-check';
import { policyShowCommand } from './policy-show';
import { policyTestCommand } from './policy-test';

export function policyCommand(context: CliContext): Command {
  return new Command('policy')
    .description('See, check and try the rules that deny, limit and ask for approval')
    .addCommand(policyShowCommand(context))
    .addCommand(policyCheckCommand(context))
    .addCommand(policyTestCommand(context))
    .addCommand(policyBacktestCommand(context));
}
