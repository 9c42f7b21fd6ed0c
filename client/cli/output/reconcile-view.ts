import type { ReconciledLog } from '../../audit/reconcile/reconcile-log';
import type { UnexplainedCall, UnfoundEffect } from '../../audit/reconcile/reconcile';

/** Rows that are shown; `-o json` has all. */
const SHOWN = 20;

/** What `audit reconcile` found, each row with what leads to both sides: the audit ID, and the workflow. */
export function renderReconciled(report: ReconciledLog): string {
  const { whole, requests, explained, claims, found, unexplained, unfound, others, notChecked, period, runs } = report;
  return [
    `${whole ? '✓' : '✗'} ${explained} of ${requests} mutating requests explained, ${found} of ${claims} effects found`,
    `  ${runs} workflows, audit log from ${period.from} to ${period.until}`,
    ...Object.entries(others).map(([caller, count]) => `  not of a worker: ${count} requests of ${caller}`),
    ...Object.entries(notChecked).map(
      ([action, count]) => `  not looked for: ${count} effects of ${action}, an action that is not known here`,
    ),
    ...capped(unexplained.map(unexplainedRow)),
    ...capped(unfound.map(unfoundRow)),
  ].join('\n');
}

function unexplainedRow({ call, why, nearest }: UnexplainedCall): string {
  const { verb, resource, namespace, name, auditId, at, user, code } = call;
  const object = [namespace, name].filter(Boolean).join('/');
  return [
    `✗ ${verb} ${resource} ${object}: ${why}`,
    `    audit ID ${auditId}, ${new Date(at).toISOString()}, HTTP ${code}, ${user}`,
    nearest === undefined
      ? '    no run is near'
      : `    nearest run${nearest.sameObject ? ' of that object' : ''}: ${nearest.workflowId}, ${nearest.what} at ${nearest.at}`,
  ].join('\n');
}

function unfoundRow({ workflowId, record, why }: UnfoundEffect): string {
  const { operation, what, target, result, at, event, runId } = record;
  return [
    `✗ ${what} of ${operation ?? workflowId}${target === undefined ? '' : ` on ${target}`}: ${why}`,
    `    ${workflowId}, run ${runId}, event ${event}, ${at}${result === undefined ? '' : `: ${result}`}`,
  ].join('\n');
}

function capped(rows: readonly string[]): string[] {
  const left = rows.length - SHOWN;
  return left > 0 ? [...rows.slice(0, SHOWN), `  … and ${left} more (-o json has all)`] : [...rows];
}
