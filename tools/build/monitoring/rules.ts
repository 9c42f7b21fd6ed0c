import { stringify } from 'yaml';
import { FINE, m } from './names';

export const RULES_FILE = 'deploy/monitoring/kubernaut.rules.yaml';

interface Recording {
  record: string;
  expr: string;
}

interface Alert {
  alert: string;
  expr: string;
  for?: string;
  severity: 'critical' | 'warning' | 'info';
  summary: string;
  /** What it means, and what to do. */
  description: string;
}

const FAILED = 'failed|rolled_back|rollback_failed|blocked';

export const recordings: readonly Recording[] = [
  {
    record: 'kubernaut:action_executions:increase1h',
    expr: `sum by (action, executor, cluster) (increase(${m('actionResults')}{phase="execute"}[1h]))`,
  },
  {
    record: 'kubernaut:action_failures:increase1h',
    expr: `sum by (action, executor, cluster) (increase(${m('actionResults')}{phase=~"execute|verify|check",result!~"${FINE}"}[1h]))`,
  },
  {
    // Where nothing failed there is no series of failures.
    record: 'kubernaut:action_success:ratio1h',
    expr:
      '1 - ((kubernaut:action_failures:increase1h or kubernaut:action_executions:increase1h * 0)' +
      ' / (kubernaut:action_executions:increase1h > 0))',
  },
  {
    record: 'kubernaut:action_duration_seconds:p95_1h',
    expr: `histogram_quantile(0.95, sum by (le, action, phase) (rate(${m('actionDuration', '_bucket')}[1h])))`,
  },
  {
    record: 'kubernaut:remediations:increase1h',
    expr: `sum by (outcome) (increase(${m('remediationDuration', '_count')}{dry_run="false"}[1h]))`,
  },
  {
    record: 'kubernaut:remediations_failed:ratio1h',
    expr:
      `sum(kubernaut:remediations:increase1h{outcome=~"${FAILED}"})` +
      ' / (sum(kubernaut:remediations:increase1h) > 0)',
  },
  {
    record: 'kubernaut:holmesgpt_failures:ratio30m',
    expr:
      `sum(increase(${m('holmesgptDuration', '_count')}{result!~"ok|CANCELLED"}[30m]))` +
      ` / (sum(increase(${m('holmesgptDuration', '_count')}[30m])) > 0)`,
  },
];

export const alerts: readonly Alert[] = [
  {
    alert: 'KubernautAbsent',
    expr: `absent(${m('componentReady')})`,
    for: '5m',
    severity: 'critical',
    summary: 'No Kubernaut worker is scraped',
    description:
      'No worker runs, or Prometheus does not find it. Remediations stand still where they are and go on when one is back.',
  },
  {
    alert: 'KubernautComponentNotReady',
    expr: `min by (component) (${m('componentReady')}) == 0`,
    for: '5m',
    severity: 'warning',
    summary: 'Kubernaut: {{ $labels.component }} is not ready',
    description: 'A worker cannot use {{ $labels.component }}. `/readyz` of the worker and `kubernaut doctor` say why.',
  },
  {
    alert: 'KubernautQueueStuck',
    expr: `max by (task_queue, kind) (${m('queueBacklogAge')}) > 120`,
    for: '5m',
    severity: 'critical',
    summary: 'Kubernaut: tasks wait in {{ $labels.task_queue }} for {{ $value | humanizeDuration }}',
    description:
      'Too few workers, or none, take {{ $labels.kind }} tasks of {{ $labels.task_queue }}, or its rate limit is too low.',
  },
  {
    alert: 'KubernautWorkerFull',
    expr: 'min by (task_queue) (temporal_worker_task_slots_available{worker_type="ActivityWorker"}) == 0',
    for: '10m',
    severity: 'warning',
    summary: 'Kubernaut: a worker of {{ $labels.task_queue }} is full',
    description:
      'All its activity slots have been taken for 10 minutes. Raise worker.concurrency.activities or add workers.',
  },
  {
    alert: 'KubernautWorkflowTasksFail',
    expr: 'sum by (workflow_type) (rate(temporal_workflow_task_execution_failed_total[10m])) > 0',
    for: '10m',
    severity: 'critical',
    summary: 'Kubernaut: runs of {{ $labels.workflow_type }} cannot go on',
    description:
      'Workflow code does not fit running histories, or is broken. Deploy the former version; the log of the worker names the runs.',
  },
  {
    alert: 'KubernautActionFailing',
    expr: 'kubernaut:action_success:ratio1h < 0.5 and kubernaut:action_executions:increase1h >= 3',
    severity: 'warning',
    summary: 'Kubernaut: {{ $labels.action }} fails in {{ $labels.cluster }}',
    description:
      'Only {{ $value | humanizePercentage }} of its executions of the last hour had their effect. `kubernaut list` shows the runs.',
  },
  {
    alert: 'KubernautRemediationsFailing',
    expr: 'kubernaut:remediations_failed:ratio1h > 0.5 and sum(kubernaut:remediations:increase1h) >= 4',
    severity: 'warning',
    summary: 'Kubernaut: most remediations do not succeed',
    description: '{{ $value | humanizePercentage }} of those of the last hour failed, were undone or were not let in.',
  },
  {
    alert: 'KubernautRollbackFailed',
    expr: `sum(increase(${m('remediationDuration', '_count')}{outcome="rollback_failed"}[15m])) > 0`,
    severity: 'critical',
    summary: 'Kubernaut: a remediation could not be undone',
    description:
      'What is left is named in its outcome: `kubernaut list --outcome rollback_failed`. A person must look.',
  },
  {
    alert: 'KubernautInternalErrors',
    // The second part sees the first one of a series, which has no increase.
    expr:
      `sum by (action) (increase(${m('actionDuration', '_count')}{result="INTERNAL"}[15m])) > 0` +
      ` or sum by (action) (${m('actionDuration', '_count')}{result="INTERNAL"} unless ${m('actionDuration', '_count')} offset 15m) > 0`,
    severity: 'warning',
    summary: 'Kubernaut: {{ $labels.action }} fails by a bug',
    description: 'An attempt ended with INTERNAL. The log of the worker has the stack; please report it.',
  },
  {
    alert: 'KubernautValidationFailures',
    expr: `sum by (code) (increase(${m('validationFailures')}[1h])) > 10`,
    severity: 'info',
    summary: 'Kubernaut: many plans or steps are refused with {{ $labels.code }}',
    description:
      'More than 10 in an hour. Whoever makes the plans (HolmesGPT, a pipeline) does not know the clusters well.',
  },
  {
    alert: 'KubernautApprovalPending',
    expr: `max by (state) (${m('approvalsPending')}) > 0`,
    for: '30m',
    severity: 'warning',
    summary: 'Kubernaut: {{ $value }} remediations wait for a person ({{ $labels.state }})',
    description: 'Nobody has decided for 30 minutes. An approval that expires means no: `kubernaut list`.',
  },
  {
    alert: 'KubernautApprovalsExpire',
    expr: `sum by (subject) (increase(${m('approvalWait', '_count')}{decision="expired"}[1h])) > 0`,
    severity: 'warning',
    summary: 'Kubernaut: an approval expired, which means no',
    description:
      'Nobody decided about a {{ $labels.subject }} in time. Are the right people told, and is the deadline long enough?',
  },
  {
    alert: 'KubernautGuardLost',
    expr: `sum by (guard) (increase(${m('guardLosses')}[15m])) > 0`,
    severity: 'warning',
    summary: 'Kubernaut: a guard ({{ $labels.guard }}) was taken from a running remediation',
    description: 'By hand, or since its holder seemed to be gone. `kubernaut guard list` shows who holds what.',
  },
  {
    alert: 'KubernautGuardsRefuse',
    expr: `sum by (guard) (increase(${m('guardWait', '_count')}{answer="refused"}[1h])) > 5`,
    severity: 'warning',
    summary: 'Kubernaut: guards ({{ $labels.guard }}) refuse remediations',
    description:
      'More than 5 in an hour: a breaker is open, or more is asked for than limits allow. `kubernaut guard list`.',
  },
  {
    alert: 'KubernautAuditLag',
    expr: `max by (sink) (${m('auditLag')}) > 300`,
    for: '5m',
    severity: 'warning',
    summary: 'Kubernaut: the audit sink {{ $labels.sink }} is behind',
    description:
      'Audits of remediations wait for it; none is lost as long as the Temporal namespace keeps their histories. /readyz of a worker says why.',
  },
  {
    alert: 'KubernautPolicyUnanswered',
    expr: `sum(increase(${m('policyDecisions')}{verdict="error"}[15m])) > 0`,
    severity: 'warning',
    summary: 'Kubernaut: policies could not be asked',
    description: 'The remediation was blocked. `kubernaut policy check` and the log of the worker say why.',
  },
  {
    alert: 'KubernautHolmesGptFailing',
    expr: `kubernaut:holmesgpt_failures:ratio30m > 0.5 and sum(increase(${m('holmesgptDuration', '_count')}[30m])) >= 3`,
    severity: 'warning',
    summary: 'Kubernaut: HolmesGPT does not answer well',
    description:
      '{{ $value | humanizePercentage }} of the questions of the last 30 minutes failed; persons are called instead.',
  },
  {
    alert: 'KubernautEventLoopSlow',
    expr: 'max by (instance) (nodejs_eventloop_lag_p99_seconds) > 2',
    for: '10m',
    severity: 'warning',
    summary: 'Kubernaut: the worker {{ $labels.instance }} is too slow to heartbeat',
    description: 'Activities are taken for lost when their heartbeats come too late. Give it more CPU, or less to do.',
  },
];

/** The rule file, in the form that Prometheus and the PrometheusRule of its operator (`spec`) take. */
export function rulesText(): string {
  const groups = [
    { name: 'kubernaut.recording', rules: recordings },
    {
      name: 'kubernaut.alerts',
      rules: alerts.map(({ severity, summary, description, ...rule }) => ({
        ...rule,
        labels: { severity, service: 'kubernaut' },
        annotations: { summary, description },
      })),
    },
  ];
  return `# Generated by npm run docs; see docs/monitoring.md.\n${stringify({ groups }, { lineWidth: 0 })}`;
}
