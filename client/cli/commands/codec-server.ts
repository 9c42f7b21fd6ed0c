import { Command } from 'commander';
import type * as JsonLogger from '../../../activities/json-logger';
import type * as RunCodecServer from '../../codec-server/run-codec-server';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { findPlace } from '../session';
import { portNumber } from './port-number';

const more = `
What it serves, as the Web UI and the CLI of Temporal ask for it:
  POST /decode                     role read
  POST /encode                     role operate
  GET  /healthz                    open to everybody

Who has which role is \`bridge.auth\` of the settings. Pages of the Web UI must be named in
\`temporal.encryption.codecServer.origins\`, or browsers show them nothing. Logs go to stdout as JSON lines and say who
decoded how much, never what.`;

/** `kubernaut codec-server`. */
export function codecServerCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('codec-server')
    .description('Decrypt for Temporal’s Web UI and CLI what temporal.encryption has encrypted')
    .option('--host <address>', 'where to listen (default: temporal.encryption.codecServer.host, else 127.0.0.1)')
    .option('--port <port>', 'default: temporal.encryption.codecServer.port, else 8089; 0 takes a free one', portNumber)
    .action(
      handler(context, async (options: { host?: string; port?: number }, self: Command): Promise<ExitCode> => {
        const { settings } = findPlace(globalOptions(self), io);
        const { encryption } = settings.temporal;
        io.ownsProcesses();
        const { createLogger } = require('../../../activities/json-logger') as typeof JsonLogger;
        const { runCodecServer } = require('../../codec-server/run-codec-server') as typeof RunCodecServer;
        const merged = encryption && { ...encryption, codecServer: { ...encryption.codecServer, ...options } };
        await runCodecServer(
          { ...settings, temporal: { ...settings.temporal, encryption: merged } },
          { logger: createLogger(settings.bridge.log.level, io.stdout), signal: io.signal, env: io.env },
        );
        return ExitCode.ok;
      }),
    );
  command.addHelpText('after', more);
  return examples(command, [
    ['kubernaut codec-server --config /etc/kubernaut/kubernaut.yaml', 'With the settings of the workers'],
    [
      'temporal workflow show -w ID --codec-endpoint https://codec.example.com --codec-auth "Bearer $TOKEN"',
      'What Temporal’s CLI does with it',
    ],
  ]);
}
