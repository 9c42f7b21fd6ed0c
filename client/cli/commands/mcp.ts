import { Command } from 'commander';
import type { BridgeRole } from '../../../config/sections/bridge';
import type * as RunMcp from '../../mcp/run-stdio';
import { Incidents } from '../../bridge/incidents';
import { loadCatalogue, loadRules, lookupIn } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { withSession } from '../session';

interface McpOptions {
  readOnly?: boolean;
}

const more = `
Five tools: list_actions, preview_plan, propose_plan, get_status, list_incidents. What is proposed waits until a person has
approved it, whatever the plan says; no tool approves or steers. For agents that come over the network, \`kubernaut bridge\`
serves the same tools under POST /mcp, with the roles read and propose.`;

export function mcpCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('mcp')
    .description('Serve the tools of an agent (Model Context Protocol) on stdin and stdout')
    .option('--read-only', 'only the tools that look: nothing can be previewed or proposed')
    .action(
      handler(context, async ({ readOnly = false }: McpOptions, self: Command): Promise<ExitCode> => {
        const options = globalOptions(self);
        const actions = await loadCatalogue(options, io);
        const rules = loadRules(options, io);
        const roles = new Set<BridgeRole>(readOnly ? ['read'] : ['read', 'propose']);
        await withSession(
          options,
          io,
          ({ client, remediations }) => {
            const { runStdio } = require('../../mcp/run-stdio') as typeof RunMcp;
            io.ownsProcesses();
            return runStdio({
              context: { remediations, incidents: new Incidents(client), actions, rules },
              caller: { name: io.userName, roles },
              ...{ stdin: io.stdin, stdout: io.stdout, signal: io.signal },
            });
          },
          lookupIn(actions),
        );
        return ExitCode.ok;
      }),
    );
  command.addHelpText('after', more);
  return examples(command, [
    [
      'kubernaut mcp --config /etc/kubernaut/kubernaut.yaml',
      'As the command of an MCP server in the settings of an agent',
    ],
    ['kubernaut mcp --read-only', 'An agent that may only look'],
  ]);
}
