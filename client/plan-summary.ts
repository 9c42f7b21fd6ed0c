import type { RemediationPlan, Step } from '../plan/model';
import type { ActionMeta } from '../plan/step-io';
import { targetName } from './search-attributes';

/** Looks up the facts about an action; `undefined` for one that this process does not know. */
export type ActionLookup = (name: string) => Pick<ActionMeta, 'risk' | 'reversibility'> | undefined;

/** The server refuses longer ones; https://docs.temporal.io/workflow-execution/workflow-execution#user-metadata */
const summaryLimit = 200;
const detailsLimit = 19_000;

/** One line for the Web UI's list: `web-out-of-memory: raise the memory limit (2 steps)`. */
export function staticSummary(plan: RemediationPlan): string {
  const count = plan.spec.steps.length;
  const tail = ` (${count === 1 ? '1 step' : `${count} steps`}${plan.spec.dryRun ? ', dry run' : ''})`;
  const reason = plan.metadata.reason.replace(/\s+/g, ' ').trim();
  const text = reason === '' ? plan.metadata.name : `${plan.metadata.name}: ${reason}`;
  return shorten(text, summaryLimit - tail.length) + tail;
}

/** Markdown for the Web UI: who asked for what and why, and the steps with their risk and undo. */
export function staticDetails(plan: RemediationPlan, lookup: ActionLookup = () => undefined): string {
  const { metadata, spec } = plan;
  const head = [
    `**${escapeMarkdown(metadata.name)}** on cluster \`${spec.cluster}\`, asked for by ${escapeMarkdown(metadata.requester)}`,
    ...(metadata.reason === '' ? [] : ['', escapeMarkdown(metadata.reason)]),
    ...(metadata.incident === undefined ? [] : ['', `Incident: \`${metadata.incident}\``]),
    ...(metadata.investigation?.url === undefined ? [] : ['', `Investigation: ${metadata.investigation.url}`]),
    '',
    '| step | action | target | risk | undo |',
    '|---|---|---|---|---|',
  ];
  const rows = spec.steps.map((step) => stepRow(step, lookup(step.action)));
  return fitRows(head, rows);
}

/** How the effect of a step would be taken back, in a word or two. */
export function undoWord(step: Pick<Step, 'rollback'>, meta?: { reversibility: string }): string {
  if (step.rollback.mode === 'none') return 'none';
  if (step.rollback.mode === 'step') return `by ${step.rollback.step.action}`;
  return meta?.reversibility ?? 'automatic';
}

function stepRow(step: Step, meta: ReturnType<ActionLookup>): string {
  const target = step.target === undefined ? '—' : targetName(step.target);
  const cells = [step.id, step.action, target, meta?.risk ?? 'unknown', undoWord(step, meta)];
  return `| ${cells.map(escapeMarkdown).join(' | ')} |`;
}

/** As many rows as fit; a plan of 500 steps would otherwise be refused by the server at the start. */
function fitRows(head: string[], rows: string[]): string {
  let text = head.join('\n');
  for (const [index, row] of rows.entries()) {
    const rest = `\n\n… and ${rows.length - index} more steps`;
    if (Buffer.byteLength(text) + Buffer.byteLength(row) + Buffer.byteLength(rest) + 1 > detailsLimit)
      return text + rest;
    text += `\n${row}`;
  }
  return text;
}

function escapeMarkdown(text: string): string {
  return shorten(text.replace(/\s+/g, ' ').trim(), 500).replace(/[|<>\\`*]/g, '\\$&');
}

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.max(0, limit - 1))}…`;
}
