import { decisionTable, guardTable, policyTables } from './decision-tables';
import { html, Markup, safeHref } from './html';
import { pageStyle } from './page-style';
import type { Report } from './report-model';
import { badge, stepTable } from './step-table';
import { dateText, investigationText, spanText } from './texts';
import { timelineSvg } from './timeline-svg';

/**
 * A remediation as one HTML page: no scripts, nothing loaded from anywhere (its own policy forbids it), readable offline, on
 * paper, and in light and dark. What matters at night comes first: how it ended, why, and what is still there.
 */
export function reportPage(report: Report): string {
  const { id, outcome, policies, guards } = report;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="referrer" content="no-referrer" />
        <title>${outcome}: ${id}</title>
        <style>
          ${new Markup(pageStyle)}
        </style>
      </head>
      <body>
        ${header(report)}${leftBehind(report)}${oddities(report)}
        <h2>Timeline</h2>
        ${legend}${timelineSvg(report)}
        <h2>Steps</h2>
        ${stepTable(report.steps)}
        <h2>Decisions</h2>
        ${decisionTable(report.decisions)}
        ${
          policies.length > 0 &&
          html`<h2>Policies</h2>
            ${policyTables(policies)}`
        }
        ${
          guards.length > 0 &&
          html`<h2>Guards</h2>
            ${guardTable(guards)}`
        }
        <footer>
          Made from the event history of the workflow alone. <code>kubernaut audit ${id}</code> lists every record
          behind this page. Times are UTC.
        </footer>
      </body>
    </html> `.text;
}

function header(report: Report): Markup {
  const { id, plan, outcome, isOver, reason, link, from, to } = report;
  const href = safeHref(link);
  const facts: (readonly [string, string | undefined])[] = [
    ['asked for by', report.requester],
    ['because', report.why],
    ['incident', report.incident],
    ['investigation', report.investigation && investigationText(report.investigation)],
    ['cluster', report.cluster],
    ['began', dateText(from)],
    [isOver ? 'ended' : 'still running at', `${dateText(to)}, after ${spanText(to - from)}`],
    ['undone', report.undone.length > 0 ? report.undone.join(', ') : undefined],
    ['digest', report.digest],
    ['plan hash', report.planHash],
  ];
  return html`<header>
    <h1>${plan} ${badge(outcome)}</h1>
    <p class="id mono">
      ${id}${href !== undefined && html` · <a href="${href}" rel="noreferrer">open in the Web UI</a>`}
    </p>
    <p class="reason">${reason ?? (isOver ? 'No reason was recorded.' : 'It has not ended yet.')}</p>
    <dl>
      ${facts.map(
        ([name, value]) =>
          value !== undefined &&
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
  </header>`;
}

function leftBehind({ left }: Report): Markup | undefined {
  if (left.length === 0) return undefined;
  return html`<section class="alarm">
    <h2>Still there</h2>
    <ul>
      ${left.map(
        ({ step, target, summary, why }) =>
          html`<li><b>${step}</b>${target !== undefined && html` (${target})`}: ${summary} — ${why}</li>`,
      )}
    </ul>
  </section>`;
}

function oddities({ oddities: odd }: Report): Markup | undefined {
  if (odd.length === 0) return undefined;
  return html`<section class="alarm odd">
    <h2>Unusual</h2>
    <ul>
      ${odd.map(
        ({ at, what, summary, reason, failure }) =>
          html`<li>${dateText(at)}: ${what} ${[summary, reason, failure?.message].filter(Boolean).join(' — ')}</li>`,
      )}
    </ul>
  </section>`;
}

const kinds = ['validate', 'execute', 'verify', 'rollback', 'approval', 'guard', 'hold', 'keeping'] as const;
const legend = html`<p class="legend">
  ${kinds.map((kind) => html`<span><i class="${kind}"></i>${kind}</span>`)}<span>red outline: did not succeed</span>
</p>`;
