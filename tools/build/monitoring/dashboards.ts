import { FINE, m } from './names';
import type { DashboardSpec } from './dashboard-json';

const rate = '$__rate_interval';
const failed = `result!~"${FINE}"`;

/** The dashboards, as data. Every query has a test that asks a real Prometheus for it. */
export const dashboards: readonly DashboardSpec[] = [
  {
    file: 'kubernaut-overview.json',
    uid: 'kubernaut-overview',
    title: 'Kubernaut: remediations',
    panels: [
      {
        title: 'Open remediations',
        kind: 'stat',
        queries: [{ expr: `max(${m('remediationsOpen')})`, legend: 'open' }],
        about: 'Under way in the Temporal namespace, waiting ones included.',
      },
      {
        title: 'Waiting for a person',
        kind: 'stat',
        queries: [{ expr: `max by (state) (${m('approvalsPending')})`, legend: '{{state}}' }],
        about: 'Approvals, and decisions about failed steps. An approval that expires means no.',
      },
      {
        title: 'Components',
        kind: 'stat',
        queries: [{ expr: `min by (component) (${m('componentReady')})`, legend: '{{component}}' }],
        about: '1: ready. The reasons are in /readyz of the worker.',
      },
      {
        title: 'Remediations by outcome',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (outcome) (increase(${m('remediationDuration', '_count')}{dry_run="false"}[${rate}]))`,
            legend: '{{outcome}}',
          },
        ],
        about: 'Ended, without dry runs.',
      },
      {
        title: 'Incidents by outcome',
        kind: 'timeseries',
        queries: [
          { expr: `sum by (outcome) (increase(${m('incidentDuration', '_count')}[${rate}]))`, legend: '{{outcome}}' },
        ],
        about: 'Escalated: a person was called.',
      },
      {
        title: 'Time to outcome',
        kind: 'timeseries',
        unit: 's',
        queries: [0.5, 0.95].map((q) => ({
          expr: `histogram_quantile(${q}, sum by (le) (rate(${m('remediationDuration', '_bucket')}[${rate}])))`,
          legend: `p${q * 100}`,
        })),
        about: 'From start to outcome, waiting for people and guards included.',
      },
      {
        title: 'Approvals by end',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (decision) (increase(${m('approvalWait', '_count')}[${rate}]))`,
            legend: '{{decision}}',
          },
        ],
        about: 'Withdrawn: the run stopped, or the step was retried or skipped.',
      },
      {
        title: 'Time to a decision',
        kind: 'timeseries',
        unit: 's',
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (le, subject) (rate(${m('approvalWait', '_bucket')}[${rate}])))`,
            legend: 'p95 {{subject}}',
          },
        ],
        about: 'From the question to the answer of a person, or its deadline.',
      },
      {
        title: 'Policy decisions',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (verdict) (increase(${m('policyDecisions')}[${rate}]))`,
            legend: '{{verdict}}',
          },
        ],
        about: 'Of plans and steps. Error: the policies could not be asked, and the remediation was blocked.',
      },
      {
        title: 'Guard answers',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (guard, answer) (increase(${m('guardWait', '_count')}[${rate}]))`,
            legend: '{{guard}} {{answer}}',
          },
          { expr: `sum by (guard) (increase(${m('guardLosses')}[${rate}]))`, legend: '{{guard}} lost' },
        ],
        about: 'Refused: busy, cooling down, or the breaker is open.',
      },
      {
        title: 'Guard waits',
        kind: 'timeseries',
        unit: 's',
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (le, guard) (rate(${m('guardWait', '_bucket')}[${rate}])))`,
            legend: 'p95 {{guard}}',
          },
        ],
        about: 'From asking to the answer.',
      },
      {
        title: 'Audit lag',
        kind: 'timeseries',
        unit: 's',
        queries: [{ expr: `max by (sink) (${m('auditLag')})`, legend: '{{sink}}' }],
        about: 'Since when the oldest remediation has ended whose audit the sink does not have.',
      },
      {
        title: 'Audits waiting',
        kind: 'timeseries',
        queries: [{ expr: `max by (sink) (${m('auditWaiting')})`, legend: '{{sink}}' }],
        about: 'Remediations whose audit waits for the sink; nothing is lost while they do.',
      },
      {
        title: 'HolmesGPT answers',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (question, result) (increase(${m('holmesgptDuration', '_count')}[${rate}]))`,
            legend: '{{question}} {{result}}',
          },
        ],
        about: 'Every attempt is a question of its own.',
      },
      {
        title: 'HolmesGPT latency',
        kind: 'timeseries',
        unit: 's',
        queries: [
          {
            expr: `histogram_quantile(0.9, sum by (le, question) (rate(${m('holmesgptDuration', '_bucket')}[${rate}])))`,
            legend: 'p90 {{question}}',
          },
        ],
        about: 'Of one question.',
      },
    ],
  },
  {
    file: 'kubernaut-actions.json',
    uid: 'kubernaut-actions',
    title: 'Kubernaut: actions and workers',
    panels: [
      {
        title: 'Success of actions (1 h)',
        kind: 'timeseries',
        unit: 'percentunit',
        queries: [{ expr: 'kubernaut:action_success:ratio1h', legend: '{{action}} in {{cluster}}' }],
        about: 'Executions whose effect was verified. Needs the recording rules.',
      },
      {
        title: 'Results by phase',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (phase, result) (increase(${m('actionResults')}[${rate}]))`,
            legend: '{{phase}} {{result}}',
          },
        ],
        about: 'Phases that ended for good, retries included in one.',
      },
      {
        title: 'Failures by action',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (action, result) (increase(${m('actionResults')}{${failed}}[${rate}]))`,
            legend: '{{action}} {{result}}',
          },
        ],
        about: 'By error code; see the catalogue in docs/architecture.md.',
      },
      {
        title: 'Rollbacks by result',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (action, result) (increase(${m('actionResults')}{phase="rollback"}[${rate}]))`,
            legend: '{{action}} {{result}}',
          },
        ],
        about: 'UNDO_CONFLICT: somebody changed the fields after us, and the undo left them alone.',
      },
      {
        title: 'Validation failures',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (subject, code) (increase(${m('validationFailures')}[${rate}]))`,
            legend: '{{subject}} {{code}}',
          },
        ],
        about: 'Refused before anything was changed.',
      },
      {
        title: 'Duration of executions',
        kind: 'timeseries',
        unit: 's',
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (le, action) (rate(${m('actionDuration', '_bucket')}{phase="execute"}[${rate}])))`,
            legend: 'p95 {{action}}',
          },
        ],
        about: 'Of one attempt.',
      },
      {
        title: 'Retries',
        kind: 'timeseries',
        queries: [
          {
            expr: `sum by (action) (increase(${m('actionAttempts')}[${rate}])) - sum by (action) (increase(${m('actionResults')}{phase!="check"}[${rate}]))`,
            legend: '{{action}}',
          },
        ],
        about: 'Attempts beyond one for each result. Attempts under way count, too, so a little above zero is normal.',
      },
      {
        title: 'Actions under way',
        kind: 'timeseries',
        queries: [{ expr: `sum by (executor, phase) (${m('actionsActive')})`, legend: '{{executor}} {{phase}}' }],
        about: 'In all workers.',
      },
      {
        title: 'Queue depth',
        kind: 'timeseries',
        queries: [
          {
            expr: `max by (task_queue, kind) (${m('queueBacklog')})`,
            legend: '{{task_queue}} {{kind}}',
          },
        ],
        about: 'Tasks that wait for a worker, as Temporal estimates it.',
      },
      {
        title: 'Age of the oldest task',
        kind: 'timeseries',
        unit: 's',
        queries: [
          {
            expr: `max by (task_queue, kind) (${m('queueBacklogAge')})`,
            legend: '{{task_queue}} {{kind}}',
          },
        ],
        about: 'Grows without end where nobody polls.',
      },
      {
        title: 'Wait in the queue',
        kind: 'timeseries',
        unit: 's',
        queries: [
          {
            expr: `histogram_quantile(0.95, sum by (le, executor) (rate(${m('queueWait', '_bucket')}[${rate}])))`,
            legend: 'p95 {{executor}}',
          },
        ],
        about: 'Of an attempt, until a worker took it.',
      },
      {
        title: 'Free activity slots',
        kind: 'timeseries',
        queries: [
          {
            expr: 'min by (task_queue) (temporal_worker_task_slots_available{worker_type="ActivityWorker"})',
            legend: '{{task_queue}}',
          },
        ],
        about: 'At 0 a worker takes no more.',
      },
      {
        title: 'CPU of workers',
        kind: 'timeseries',
        queries: [{ expr: `sum by (instance) (rate(process_cpu_seconds_total[${rate}]))`, legend: '{{instance}}' }],
        about: 'In cores.',
      },
      {
        title: 'Memory of workers',
        kind: 'timeseries',
        unit: 'bytes',
        queries: [{ expr: 'sum by (instance) (process_resident_memory_bytes)', legend: '{{instance}}' }],
        about: 'Resident.',
      },
      {
        title: 'Event loop delay',
        kind: 'timeseries',
        unit: 's',
        queries: [{ expr: 'max by (instance) (nodejs_eventloop_lag_p99_seconds)', legend: 'p99 {{instance}}' }],
        about: 'Above some seconds, heartbeats come too late.',
      },
    ],
  },
];
