/** One metric, as data: prom-client, the documentation and the tests all take it from here. */
export interface MetricSpec {
  type: 'counter' | 'gauge' | 'histogram';
  name: string;
  help: string;
  labels: readonly string[];
  buckets?: readonly number[];
}

const action = ['action', 'executor', 'cluster'] as const;
const PHASE_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600] as const;
const WAIT_SECONDS = [0.1, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600] as const;
const ANSWER_SECONDS = [0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1200] as const;

const RESULT = 'result is ok, no_effect, unverified or an error code';

/**
 * All metrics of Kubernaut's own. Labels are bounded: actions and executors by what is registered, results by the error
 * catalogue, clusters by a cap (see bounded-label.ts); never the name of a target, a plan or a person.
 */
export const metricList = {
  // — attempts: what this process does, retries included
  actionDuration: {
    type: 'histogram',
    name: 'kubernaut_action_duration_seconds',
    help: `How long one attempt of one phase of an action took; ${RESULT}.`,
    labels: [...action, 'phase', 'result'],
    buckets: PHASE_SECONDS,
  },
  actionAttempts: {
    type: 'counter',
    name: 'kubernaut_action_attempts_total',
    help: 'Attempts of phases of actions that were started; retries count, unlike in Temporal’s history.',
    labels: [...action, 'phase'],
  },
  actionsActive: {
    type: 'gauge',
    name: 'kubernaut_actions_active',
    help: 'Attempts of phases of actions under way in this process.',
    labels: [...action, 'phase'],
  },
  queueWait: {
    type: 'histogram',
    name: 'kubernaut_action_queue_wait_seconds',
    help: 'How long an attempt waited in its task queue for a worker, by the clocks of server and worker.',
    labels: ['executor', 'cluster'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300],
  },
  // — results: once for each real event of a run, whatever was retried or replayed
  actionResults: {
    type: 'counter',
    name: 'kubernaut_action_results_total',
    help: `Phases of actions that ended for good: validate, execute, verify, check (a condition of verify.checks) and rollback; ${RESULT}. Once per phase, however many attempts it took.`,
    labels: [...action, 'phase', 'result'],
  },
  validationFailures: {
    type: 'counter',
    name: 'kubernaut_validation_failures_total',
    help: 'What was refused before anything was changed: plans that are not valid (subject plan), and steps whose validate failed (subject step), by error code.',
    labels: ['subject', 'code'],
  },
  remediationsStarted: {
    type: 'counter',
    name: 'kubernaut_remediations_started_total',
    help: 'Remediations whose plan was valid, and whose preview began.',
    labels: ['dry_run'],
  },
  remediationDuration: {
    type: 'histogram',
    name: 'kubernaut_remediation_duration_seconds',
    help: 'From the start of a remediation to its outcome, all waiting included. Its count is the number of remediations by outcome.',
    labels: ['outcome', 'dry_run'],
    buckets: WAIT_SECONDS,
  },
  incidentDuration: {
    type: 'histogram',
    name: 'kubernaut_incident_duration_seconds',
    help: 'From the start of an incident to its outcome; one that is reopened is counted again when it has one again. Its count is the number of incidents by outcome.',
    labels: ['outcome'],
    buckets: WAIT_SECONDS,
  },
  approvalsRequested: {
    type: 'counter',
    name: 'kubernaut_approvals_requested_total',
    help: 'Approvals that people were asked for: of a plan, a step, a rollback, or the decision about a failed step.',
    labels: ['subject'],
  },
  approvalWait: {
    type: 'histogram',
    name: 'kubernaut_approval_wait_seconds',
    help: 'From the question to its end: approved, rejected, expired (which means no) or withdrawn (the run stopped, or the step was retried or skipped).',
    labels: ['subject', 'decision'],
    buckets: [1, 15, 60, 300, 900, 1800, 3600, 4 * 3600, 24 * 3600],
  },
  guardWait: {
    type: 'histogram',
    name: 'kubernaut_guard_wait_seconds',
    help: 'From asking a guard to its answer, granted or refused; guard is the kind of its scope: target, nodes or cluster.',
    labels: ['guard', 'answer'],
    buckets: WAIT_SECONDS,
  },
  guardLosses: {
    type: 'counter',
    name: 'kubernaut_guard_losses_total',
    help: 'Guards that were taken from a remediation that still held them.',
    labels: ['guard'],
  },
  policyDecisions: {
    type: 'counter',
    name: 'kubernaut_policy_decisions_total',
    help: 'What policies said of a plan or a step: allow, approval, observe, deny, or error when they could not be asked.',
    labels: ['subject', 'verdict', 'mode'],
  },
  holmesgptDuration: {
    type: 'histogram',
    name: 'kubernaut_holmesgpt_request_duration_seconds',
    help: 'How long a question to HolmesGPT took (investigate or follow_up); result is ok or an error code. One observation per attempt: each is a real question.',
    labels: ['question', 'result'],
    buckets: ANSWER_SECONDS,
  },
  // — how things stand, read when they are scraped (at most every 10 s)
  componentReady: {
    type: 'gauge',
    name: 'kubernaut_component_ready',
    help: '1 when a component of /readyz is ready, else 0.',
    labels: ['component'],
  },
  queueBacklog: {
    type: 'gauge',
    name: 'kubernaut_task_queue_backlog',
    help: 'Tasks that wait in a task queue of this worker, as Temporal estimates it. The same figure from every worker of the queue: take the maximum.',
    labels: ['task_queue', 'kind'],
  },
  queueBacklogAge: {
    type: 'gauge',
    name: 'kubernaut_task_queue_backlog_age_seconds',
    help: 'How long the oldest task of a task queue has been waiting. The same figure from every worker of the queue: take the maximum.',
    labels: ['task_queue', 'kind'],
  },
  remediationsOpen: {
    type: 'gauge',
    name: 'kubernaut_remediations_open',
    help: 'Remediations under way in the namespace, from Temporal’s visibility. The same figure from every worker: take the maximum.',
    labels: [],
  },
  approvalsPending: {
    type: 'gauge',
    name: 'kubernaut_approvals_pending',
    help: 'Remediations that wait for a person: to approve (awaiting_approval), or to decide about a failed step (awaiting_decision). The same figure from every worker: take the maximum.',
    labels: ['state'],
  },
  auditLag: {
    type: 'gauge',
    name: 'kubernaut_audit_lag_seconds',
    help: 'How long ago the oldest remediation ended whose audit the sink does not have yet; 0 when it has all. The same figure from every worker: take the maximum.',
    labels: ['sink'],
  },
  auditWaiting: {
    type: 'gauge',
    name: 'kubernaut_audit_waiting',
    help: 'Remediations whose audit waits for the sink. The same figure from every worker: take the maximum.',
    labels: ['sink'],
  },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof metricList;
