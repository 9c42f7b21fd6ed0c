import { describeOwner } from '../plan/incident/question';
import { incidentStatus } from '../plan/incident/view';
import type { IncidentState } from '../plan/incident/state';
import type { IncidentAttempt } from '../plan/incident/types';
import { plainText } from './presentation';

const MAX_ALERTS = 20;

/** Live progress for the Web UI and `temporal workflow describe`; costs no event. */
export function incidentMarkdown(state: IncidentState): string {
  const { phase, outcome, reason, owner, alerts, attempts, why, rootCause, until, received, remediation } =
    incidentStatus(state);
  const what = outcome ? ` — ${outcome}: ${plainText(reason ?? '')}` : '';
  return [
    `**${phase}**${until ? ` until ${until}` : ''}${what}`,
    '',
    `${plainText(describeOwner(owner))} in ${plainText(owner.cluster)}; ${received} notifications`,
    ...(remediation ? ['', `Remediation under way: \`${remediation}\``] : []),
    ...(rootCause ? ['', `HolmesGPT: ${plainText(rootCause)}`] : []),
    ...why.slice(0, 8).map((line) => `- ${plainText(line)}`),
    '',
    '| alert | status | since |',
    '|---|---|---|',
    ...alerts
      .slice(0, MAX_ALERTS)
      .map((each) => `| ${plainText(each.name)} | ${each.status} | ${plainText(each.startsAt)} |`),
    ...(alerts.length > MAX_ALERTS ? [`… and ${alerts.length - MAX_ALERTS} more`] : []),
    ...(attempts.length > 0
      ? ['', '| attempt | what | outcome | held |', '|---|---|---|---|', ...attempts.map(row)]
      : []),
  ].join('\n');
}

function row({ number, steps, outcome, held, source }: IncidentAttempt): string {
  const lasted = held === undefined ? '' : held ? 'yes' : 'no';
  return `| ${number} | ${plainText(steps.join(', '))} (${plainText(source)}) | ${outcome ?? ''} | ${lasted} |`;
}
