import { Command, Option } from 'commander';
import { bridgeSchema, type BridgeSettings } from '../../../config/sections/bridge';
import { KubernautError } from '../../../plan/errors';
import type * as ApiDocument from '../../bridge/api-document';
import type * as JsonLogger from '../../../activities/json-logger';
import type * as RunBridge from '../../bridge/run-bridge';
import { loadCatalogue } from '../catalogue';
import { type CliContext, examples, handler } from '../cli-context';
import { ExitCode } from '../exit-codes';
import { globalOptions } from '../global-options';
import { writeLine } from '../output/write';
import { findPlace } from '../session';
import { portNumber } from './port-number';

interface BridgeOptions {
  host?: string;
  port?: number;
  auth?: 'none';
  openapi?: boolean;
}

const more = `
What it serves (all of it in the OpenAPI document, GET /openapi.json):
  POST /api/v1/alerts                        webhook of Alertmanager           role ingest
  POST /api/v1/recommendations               of HolmesGPT or another tool      role ingest
  GET  /api/v1/incidents, /remediations      lists; /<id>; /<id>/events live   role read
  POST /api/v1/investigations, /plans        start something                   role operate
  POST /api/v1/remediations/<id>/<verb>      abort pause resume take-over …    role operate
                                             approve reject                    role approve
  POST /mcp                                  tools of agents                   roles read, propose
  GET  /metrics                              for Prometheus                    role read
  GET  /healthz, /readyz                     the only ones open to everybody

It does not start before \`bridge.auth\` in kubernaut.yaml says who may do what:

  bridge:
    host: 0.0.0.0
    auth:
      tokens:
        - { name: alertmanager, roles: [ingest], token: { file: /etc/kubernaut/tokens/alertmanager } }
        - { name: ops-portal, roles: [read, operate], token: { env: PORTAL_TOKEN } }
      oidc:
        issuer: https://login.example.com/
        audience: kubernaut
        roles: { read: [sre], operate: [sre], approve: [sre-leads] }

Who decides is who is authenticated, never what a body says. It keeps no state: run as many replicas as you like. Logs go
to stdout as JSON lines. SIGTERM: no new request is taken, running ones end, streams are closed.`;

export function bridgeCommand(context: CliContext): Command {
  const { io } = context;
  const command = new Command('bridge')
    .description('Serve alerts, plans, live progress and approvals over HTTP')
    .option('--host <address>', 'where to listen (default: bridge.host, else 127.0.0.1)')
    .option('--port <port>', 'default: bridge.port, else 8088; 0 takes a free one', portNumber)
    .addOption(
      new Option('--auth <none>', 'let everybody do everything; on a loopback address only, to try it out').choices([
        'none',
      ]),
    )
    .option('--openapi', 'print the OpenAPI 3.1 document and end')
    .action(
      handler(context, async (options: BridgeOptions, self: Command): Promise<ExitCode> => {
        if (options.openapi) {
          const { apiDocument } = require('../../bridge/api-document') as typeof ApiDocument;
          writeLine(io.stdout, JSON.stringify(await apiDocument(), undefined, 2));
          return ExitCode.ok;
        }
        const actions = await loadCatalogue(globalOptions(self), io);
        const place = findPlace(globalOptions(self), io);
        const bridge = withOptions(place.settings.bridge, options);
        io.ownsProcesses();
        const { createLogger } = require('../../../activities/json-logger') as typeof JsonLogger;
        const { runBridge } = require('../../bridge/run-bridge') as typeof RunBridge;
        const logger = createLogger(bridge.log.level, io.stdout);
        const settings = { ...place.settings, bridge };
        await runBridge(settings, { target: place.target, actions, logger, signal: io.signal, env: io.env });
        return ExitCode.ok;
      }),
    );
  command.addHelpText('after', more);
  return examples(command, [
    ['kubernaut bridge --auth none', 'Try it out on this machine: http://127.0.0.1:8088, open to everybody here'],
    ['kubernaut bridge --config /etc/kubernaut/kubernaut.yaml', 'As in production: everything in the settings'],
    ['kubernaut bridge --openapi > openapi.json', 'For generators of clients, and for gateways'],
  ]);
}

/** Checked together: an option must not undo what the settings made safe. */
function withOptions(bridge: BridgeSettings, { host, port, auth }: BridgeOptions): BridgeSettings {
  const merged = { ...bridge, ...(host && { host }), ...(port !== undefined && { port }), ...(auth && { auth }) };
  const checked = bridgeSchema.safeParse(merged);
  if (checked.success) return checked.data;
  const lines = checked.error.issues.map(({ path, message }) => `bridge.${path.join('.')}: ${message}`);
  throw new KubernautError('SETTINGS_INVALID', lines.join('\n'));
}
