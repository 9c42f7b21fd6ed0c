import type { FieldChange } from '../../plan/step-io';
import { html, type Markup } from './html';
import type { ReportStep } from './report-steps';
import { spanText, toneOf, valueText, words } from './texts';

/** A change of more fields is shown in part; the audit has all. */
const MAX_CHANGES = 20;
const MAX_LINES = 10;

export function stepTable(steps: readonly ReportStep[]): Markup {
  if (steps.length === 0) return html`<p>The plan did not get as far as its steps.</p>`;
  return html`<table class="steps">
    <thead>
      <tr>
        <th>Step</th>
        <th>Status</th>
        <th>Before → after</th>
        <th>What was found</th>
      </tr>
    </thead>
    <tbody>
      ${steps.map(rowOf)}
    </tbody>
  </table>`;
}

function rowOf(step: ReportStep): Markup {
  const { id, action, target, uid, status, risk, reversibility, spans } = step;
  const busy = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  return html`<tr>
    <td>
      <b>${id}</b><br /><code>${action}</code
      >${target !== undefined && html`<br />${target}`}${uid !== undefined && html`<br /><span class="soft mono">${uid}</span>`}
    </td>
    <td>
      ${badge(status)}${spans.length > 0 && html`<br /><span class="soft">${spanText(busy)}</span>`}${risk !== undefined && html`<br /><span class="soft">risk ${risk}, ${reversibility}</span>`}
    </td>
    <td>${changesOf(step)}</td>
    <td>
      <ul class="plain">
        ${findingsOf(step)}
      </ul>
    </td>
  </tr> `;
}

export function badge(state: string): Markup {
  return html`<span class="badge ${toneOf(state)}">${words(state)}</span>`;
}

function changesOf({ summary, diff, warnings }: ReportStep): Markup {
  const more = diff.length - MAX_CHANGES;
  return html`${summary !== undefined && html`<div>${summary}</div>`}${
    diff.length > 0 &&
    html`<table class="diff">
      ${diff.slice(0, MAX_CHANGES).map(changeOf)}
    </table>`
  }${more > 0 && html`<div class="soft">and ${more} more fields</div>`}${warnings
    .slice(0, MAX_LINES)
    .map((warning) => html`<div class="warn">! ${warning}</div>`)}`;
}

function changeOf({ path, before, after }: FieldChange): Markup {
  return html`<tr>
    <td class="mono">${path}</td>
    <td class="mono"><span class="before">${short(before)}</span> → <span class="after">${short(after)}</span></td>
  </tr>`;
}

function findingsOf({ effect, evidence, undo, irreversible, failures }: ReportStep): Markup[] {
  return [
    ...(effect === undefined ? [] : [html`<li>done: ${effect}</li>`]),
    ...evidence.slice(-MAX_LINES).map(({ what, holds, text }) => {
      const label = what === 'verified' ? (holds ? 'verified' : 'refuted') : `${what} ${holds ? 'holds' : 'refuted'}`;
      return html`<li><span class="${holds ? 'good' : 'bad'}">${holds ? '✓' : '✗'} ${label}</span>: ${text}</li>`;
    }),
    ...failures.slice(-MAX_LINES).map(({ what, text, attempts }) => {
      const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
      return html`<li><span class="bad">✗ ${what}${tries}</span>: ${text}</li>`;
    }),
    ...(undo === undefined ? [] : [html`<li><span class="warn">↩ undone</span>: ${undo}</li>`]),
    ...irreversible
      .slice(0, MAX_LINES)
      .map((text) => html`<li><span class="bad">cannot be undone</span>: ${text}</li>`),
  ];
}

function short(value: unknown): string {
  const text = valueText(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
