import type { AuditRecord } from '../../activities/audit/reader/audit-record';
import { html, type Markup } from './html';
import { badge } from './step-table';
import { dateText, spanText } from './texts';

/** Who decided what, when and why; questions that nobody answered included. */
export function decisionTable(decisions: readonly AuditRecord[]): Markup {
  if (decisions.length === 0) return html`<p>Nobody was asked, and nobody interfered.</p>`;
  return html`<table>
    <thead>
      <tr>
        <th>When</th>
        <th>What</th>
        <th>Who</th>
        <th>Why and answer</th>
      </tr>
    </thead>
    <tbody>
      ${decisions.map(decisionRow)}
    </tbody>
  </table>`;
}

function decisionRow(record: AuditRecord): Markup {
  const { at, what, by, identity, step, status, attempts, durationMs } = record;
  const waited = record.kind === 'approval' && durationMs !== undefined && `open for ${spanText(durationMs)}`;
  const reminders = record.kind === 'approval' && attempts !== undefined && `${attempts} reminders`;
  const params = record.params !== undefined && `with params ${JSON.stringify(record.params)}`;
  const failure = record.failure?.message;
  const signed =
    record.signature && `signed: ${record.signature.valid ? `valid, key ${record.signature.key ?? ''}` : 'not valid'}`;
  const lines = [record.summary, waited, reminders, record.reason, params, record.result, failure, signed].filter(
    (line): line is string => typeof line === 'string',
  );
  const digest = record.digest === undefined ? undefined : html`<div class="mono soft">digest ${record.digest}</div>`;
  return html`<tr>
    <td>${dateText(at)}</td>
    <td>${what}${step !== undefined && html` <b>${step}</b>`} ${badge(status)}</td>
    <td>${by ?? ''}${identity !== undefined && html`<div class="soft">${identity}</div>`}</td>
    <td>${lines.map((line) => html`<div>${line}</div>`)}${digest}</td>
  </tr> `;
}

export function policyTables(policies: readonly AuditRecord[]): Markup {
  return html`${policies.map(policyTable)}`;
}

function policyTable({ at, what, step, policy, failure }: AuditRecord): Markup {
  const about = step === undefined ? 'the plan' : `step ${step}`;
  if (policy === undefined) return html`<p>${dateText(at)}: ${what}: ${failure?.message ?? ''}</p>`;
  const { verdict, mode, version, rules } = policy;
  return html`<p><b>${verdict}</b> for ${about}, mode ${mode}, at ${dateText(at)}; policies <code>${version}</code></p>
    ${
      rules.length > 0 &&
      html`<table>
        <thead>
          <tr>
            <th>Rule</th>
            <th>Verdict</th>
            <th>Reason</th>
          </tr>
        </thead>
        <tbody>
          ${rules.map(
            (rule) =>
              html`<tr>
                <td>${rule.rule}${rule.step !== undefined && html` <b>${rule.step}</b>`}</td>
                <td>${rule.verdict}</td>
                <td>${rule.reason}</td>
              </tr>`,
          )}
        </tbody>
      </table>`
    }`;
}

export function guardTable(guards: readonly AuditRecord[]): Markup {
  return html`<table>
    <thead>
      <tr>
        <th>When</th>
        <th>What</th>
        <th>Guard</th>
        <th>Why</th>
      </tr>
    </thead>
    <tbody>
      ${guards.map(({ at, what, status, summary, reason, guard, durationMs }) => {
        const waited = durationMs === undefined ? '' : `waited ${spanText(durationMs)}`;
        const behind = guard?.behind === undefined ? '' : `behind ${guard.behind.join(', ')}`;
        const why = [reason, behind, waited].filter(Boolean).join('; ');
        return html`<tr>
          <td>${dateText(at)}</td>
          <td>${what} ${badge(status)}</td>
          <td>${summary ?? ''}</td>
          <td>${why}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
