import { Command } from 'commander';
import type { IncidentStatus } from '../../../plan/incident';
import { Incidents, type IncidentFilter, type IncidentInfo } from '../../bridge/incidents';
import { targetName } from '../../search-attributes';
import { type CliContext, examples, handler } from '../cli-context';
import { globalOptions } from '../global-options';
import { age, relativeTime } from '../output/age';
import { colorOfState, type Colors, colorsFor } from '../output/colors';
import { outputOption, printData } from '../output/format';
import { withProgress } from '../output/progress';
import { renderFields, renderTable } from '../output/table';
import { writeLine } from '../output/write';
import { withSession } from '../session';
import { incidentAbortCommand } from './incident-abort';

interface ListOptions extends IncidentFilter {
  targetNamespace?: string;
  output: string;
}

/** `kubernaut incident list|show|abort`. */
export function incidentCommand(context: CliContext): Command {
  const { io } = context;
  const list = new Command('list')
    .description('List incidents: running ones first, then the newest')
    .option('--state <phase>', 'only in this phase, e.g. investigating')
    .option('--outcome <outcome>', 'only ended so, e.g. escalated: what needs a person')
    .option('--cluster <name>', 'only of this cluster')
    .option('--target-namespace <name>', 'only about objects in this Kubernetes namespace')
    .addOption(outputOption())
    .action(
      handler(context, async ({ output, targetNamespace, ...rest }: ListOptions, self: Command) => {
        const filter: IncidentFilter = { ...rest, namespace: targetNamespace };
        const found = await withSession(globalOptions(self), io, ({ client }) =>
          withProgress(io, 'Listing incidents', () => new Incidents(client).list(filter)),
        );
        printData(io, output, found, () => renderList(found, colorsFor(io), Date.now()));
        if (found.length === 0 && output === 'table') writeLine(io.stderr, 'No incident matches.');
      }),
    );
  const show = new Command('show')
    .description('Show an incident: its alerts, what was found, what was tried, and how it ended')
    .argument('<id>', 'workflow id, as printed by `incident list`')
    .addOption(outputOption())
    .action(
      handler(context, async (id: string, { output }: { output: string }, self: Command) =>
        withSession(globalOptions(self), io, async ({ client, link }) => {
          const status = await withProgress(io, `Asking ${id}`, () => new Incidents(client).status(id));
          const webUi = link(id);
          printData(io, output, { id, webUi, ...status }, () =>
            renderIncident(status, { id, webUi, colors: colorsFor(io), now: Date.now() }),
          );
        }),
      ),
    );
  const command = new Command('incident').description('Incidents: alerts, investigations, attempts, outcomes');
  for (const each of [list, show, incidentAbortCommand(context)]) command.addCommand(each);
  return examples(command, [
    ['kubernaut incident list --outcome escalated', 'What needs a person?'],
    ['kubernaut incident show incident/prod/shop/Deployment/web', 'What was found and tried?'],
  ]);
}

function renderList(found: readonly IncidentInfo[], colors: Colors, now: number): string {
  if (found.length === 0) return '';
  return renderTable(
    ['ID', 'STATE', 'OUTCOME', 'ALERT', 'AGE'].map(colors.dim),
    found.map(({ id, state, status, outcome, alert, startedAt, endedAt }) => [
      id,
      colorOfState(colors, endedAt === undefined ? (state ?? status) : 'ended'),
      colorOfState(colors, outcome ?? (endedAt === undefined ? '-' : status)),
      alert ?? '-',
      age(now - Date.parse(startedAt)),
    ]),
  );
}

interface ViewOptions {
  id: string;
  webUi: string | undefined;
  colors: Colors;
  now: number;
}

/** An incident on one screen. */
export function renderIncident(status: IncidentStatus, { id, webUi, colors, now }: ViewOptions): string {
  const { phase, outcome, reason, owner, alerts, attempts, until, remediation, rootCause, why } = status;
  const head = renderFields([
    ['id', colors.bold(id)],
    ['about', `${targetName(owner)} in ${owner.cluster}`],
    ['phase', `${colorOfState(colors, phase)}${until ? ` until ${relativeTime(until, now)}` : ''}`],
    ['outcome', outcome && colorOfState(colors, outcome)],
    ['reason', reason],
    ['severity', status.severity],
    ['notifications', String(status.received)],
    ['remediation', remediation],
    ['root cause', rootCause || undefined],
    ['web ui', webUi],
  ]);
  const alertTable = renderTable(
    ['ALERT', 'STATUS', 'SINCE'].map(colors.dim),
    alerts.map((alert) => [alert.name, alert.status, relativeTime(alert.startsAt, now)]),
  );
  const attemptTable = renderTable(
    ['ATTEMPT', 'BY', 'STEPS', 'OUTCOME', 'HELD', 'SCORE', 'REMEDIATION'].map(colors.dim),
    attempts.map((each) => [
      String(each.number),
      each.source,
      each.steps.join(', '),
      colorOfState(colors, each.outcome ?? '-'),
      each.held === undefined ? '-' : each.held ? 'yes' : 'no',
      each.effectiveness === undefined ? '-' : String(each.effectiveness.score),
      each.remediation ?? '-',
    ]),
  );
  return [
    head,
    ...(alerts.length > 0 ? ['', alertTable] : []),
    ...(attempts.length > 0 ? ['', attemptTable] : []),
    ...(why.length > 0 ? ['', 'Why this, why not that:', ...why.map((line) => `  - ${line}`)] : []),
  ].join('\n');
}
