import { Command } from 'commander';
import { version } from '../../package.json';
import type { CliContext } from './cli-context';
import { abortCommand } from './commands/abort';
import { actionsCommand } from './commands/actions';
import { approveCommand } from './commands/approve';
import { auditCommand } from './commands/audit';
import { bridgeCommand } from './commands/bridge';
import { codecServerCommand } from './commands/codec-server';
import { conformanceCommand } from './commands/conformance';
import { devCommand } from './commands/dev';
import { doctorCommand } from './commands/doctor';
import { exitCodesCommand } from './commands/exit-codes';
import { guardCommand } from './commands/guard';
import { incidentCommand } from './commands/incident';
import { listCommand } from './commands/list';
import { mcpCommand } from './commands/mcp';
import { planCommand } from './commands/plan';
import { policyCommand } from './commands/policy';
import { rbacCommand } from './commands/rbac';
import { rejectCommand } from './commands/reject';
import { reportCommand } from './commands/report';
import { revokeCommand } from './commands/revoke';
import { runCommand } from './commands/run';
import { setupCommand } from './commands/setup';
import { showCommand } from './commands/show';
import { statsCommand } from './commands/stats';
import { stopCommand } from './commands/stop';
import { steerCommands } from './commands/steer';
import { workerCommand } from './commands/worker';
import { addGlobalOptions } from './global-options';

const firstSteps = `
First steps:
  $ kubernaut dev                        # a Temporal server, a cluster and a worker of your own
  $ kubernaut actions                    # what a plan may do
  $ kubernaut plan preview plan.yaml     # what this plan would do
  $ kubernaut run plan.yaml --wait       # do it

\`kubernaut help exit-codes\` lists what scripts can rely on.`;

/** The whole command line; nothing in it ends the process or writes anywhere but to `context.io`. */
export function createProgram(context: CliContext): Command {
  const program = addGlobalOptions(new Command('kubernaut'))
    .description(
      'Durable remediation for Kubernetes: plans of typed actions, run so that they can be undone and checked later',
    )
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', firstSteps);
  const groups: ReadonlyArray<readonly [string, readonly Command[]]> = [
    ['Plans:', [planCommand(context), actionsCommand(context), policyCommand(context)]],
    [
      'Remediations:',
      [
        runCommand,
        listCommand,
        showCommand,
        approveCommand,
        rejectCommand,
        revokeCommand,
        abortCommand,
        auditCommand,
        reportCommand,
        statsCommand,
      ].map((make) => make(context)),
    ],
    [
      'Steering a running plan:',
      [...steerCommands.map((make) => make(context)), guardCommand(context), stopCommand(context)],
    ],
    ['Incidents:', [incidentCommand(context)]],
    [
      'Running Kubernaut:',
      [
        devCommand,
        setupCommand,
        workerCommand,
        bridgeCommand,
        codecServerCommand,
        mcpCommand,
        doctorCommand,
        rbacCommand,
        conformanceCommand,
      ].map((make) => make(context)),
    ],
    ['Help:', [exitCodesCommand(context)]],
  ];
  for (const [heading, commands] of groups) {
    for (const command of commands) program.addCommand(command.helpGroup(heading));
  }
  settle(program, context, true);
  return program;
}

/** Commander hands settings down only to commands it makes itself, so each gets them here. */
function settle(command: Command, context: CliContext, isRoot = false): void {
  const { stdout, stderr } = context.io;
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => Math.min(stdout.columns ?? 100, 120),
      getErrHelpWidth: () => Math.min(stdout.columns ?? 100, 120),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError(isRoot ? '(`kubernaut --help` lists the commands)' : '(add --help for options and examples)');
  for (const child of command.commands) settle(child, context);
}
