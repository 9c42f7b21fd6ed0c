import type { JsonObject } from '../json';
import { PATIENT_TASK_QUEUE } from '../task-queues';
import type { InvestigationScope, ObjectName } from './investigation';

/** Names of the activities; on a task queue of their own. */
export const InvestigationActivity = {
  investigate: 'holmesgpt.investigate',
  followUp: 'holmesgpt.follow_up',
} as const;

/**
 * How a workflow should call them: an answer takes minutes, so the timeout is long and the heartbeat short. Attempts are for
 * errors that say that HolmesGPT is not at work (busy, unreachable); all others end at once. `startToCloseTimeout` must exceed
 * `holmesgpt.timeoutSeconds`, which is at most an hour.
 */
export const investigationActivityOptions = {
  taskQueue: PATIENT_TASK_QUEUE,
  startToCloseTimeout: '65m',
  heartbeatTimeout: '30s',
  retry: { maximumAttempts: 5, initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '2m' },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const;

/** Input of `holmesgpt.investigate`; the answer is an `Investigation`. What is too long in it is shortened, not refused. */
export interface InvestigateInput {
  /** Workflow id of the incident. */
  incident: string;
  /** One line. */
  summary: string;
  alerts: AlertFacts[];
  scope: InvestigationScope;
  /** Newest first: what was done about this target before. */
  past?: PastRemediation[];
  /** Numbers that were read beforehand, a sentence each. */
  findings?: string[];
  /** Plans of the operators' own, of which it may choose one. */
  playbooks?: OfferedPlaybook[];
}

export interface OfferedPlaybook {
  name: string;
  description: string;
  /** `rollback_deployment on Deployment shop/web`. */
  steps: string[];
}

/** Input of `holmesgpt.follow_up`; the answer is an `Investigation` with a verdict, and the next recommendations, if any. */
export interface FollowUpInput extends InvestigateInput {
  /** What it said before. */
  previous: { analysis: string; rootCause: string };
  /** What came of it. */
  execution: ExecutionReport;
}

export interface AlertFacts {
  name: string;
  status?: 'firing' | 'resolved';
  /** ISO 8601. */
  startsAt?: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface PastRemediation {
  /** ISO 8601. */
  at: string;
  outcome: string;
  /** `rollback_deployment on Deployment shop/web`. */
  steps: string[];
  /** Whether the alert stayed away. */
  held?: boolean;
  /** 0–1, as measured. */
  score?: number;
}

export interface ExecutionReport {
  outcome: string;
  reason?: string;
  steps: { action: string; target?: ObjectName; params?: JsonObject; status: string; summary?: string }[];
  /** What was read afterwards, a sentence each. */
  measured: string[];
  alertResolved?: boolean;
}
