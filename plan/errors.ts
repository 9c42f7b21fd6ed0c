/**
 * The one catalogue of errors. A code is what history, metrics, CLI and tests know an error by; `retryable` is what the
 * engine does about it: a retryable error is tried again within the step's retry policy, any other ends the step at once.
 */
export interface ErrorKind {
  retryable: boolean;
  /** What a person can do about it. */
  remedy: string;
}

const catalogue = {
  // — the plan itself
  PLAN_INVALID: { retryable: false, remedy: 'Correct the plan; `kubernaut plan validate FILE` lists every problem.' },
  EXPRESSION_FAILED: { retryable: false, remedy: 'Correct the CEL expression, or guard it with has(…).' },
  ACTION_UNKNOWN: { retryable: false, remedy: '`kubernaut actions` lists the registered actions.' },
  ACTION_DUPLICATE: { retryable: false, remedy: 'Unregister the first one, or give the second another name.' },
  ACTION_INVALID: {
    retryable: false,
    remedy: 'Correct the definition of the action; each problem is named in the message.',
  },
  PARAMS_INVALID: { retryable: false, remedy: '`kubernaut actions NAME` shows the parameters.' },
  ACTION_DENIED: {
    retryable: false,
    remedy: '`actions.rules` in kubernaut.yaml forbids it; `kubernaut actions NAME` shows the rules for an action.',
  },
  POLICY_DENIED: {
    retryable: false,
    remedy: '`kubernaut policy show` shows the rules; whoever keeps them can change them, no approval can.',
  },
  POLICY_INVALID: {
    retryable: false,
    remedy: 'Correct the policy file; `kubernaut policy check FILE` lists every problem.',
  },
  PRECONDITION_FAILED: {
    retryable: false,
    remedy: 'See the message: the target is not in a state this action applies to.',
  },
  // — HolmesGPT
  HOLMES_NOT_CONFIGURED: { retryable: false, remedy: 'Set `holmesgpt.url` in kubernaut.yaml and restart the worker.' },
  HOLMES_UNREACHABLE: {
    retryable: true,
    remedy: 'Is HolmesGPT running, and is `holmesgpt.url` right? `kubernaut doctor` asks it. The engine tries again.',
  },
  HOLMES_UNAUTHORIZED: { retryable: false, remedy: 'Correct `holmesgpt.apiKey`: HolmesGPT does not accept the key.' },
  HOLMES_MODEL_UNAUTHORIZED: {
    retryable: false,
    remedy:
      'The model’s provider does not accept HolmesGPT’s credentials. Correct them in HolmesGPT’s own configuration.',
  },
  HOLMES_BUSY: {
    retryable: true,
    remedy: 'The model’s provider asks for fewer requests; the engine tries again later.',
  },
  HOLMES_FAILED: { retryable: true, remedy: 'See HolmesGPT’s log. The engine tries again.' },
  HOLMES_REFUSED: {
    retryable: false,
    remedy: 'HolmesGPT or its model does not take the question; see the message. Asking again would change nothing.',
  },
  HOLMES_TIMEOUT: {
    retryable: false,
    remedy: 'Raise `holmesgpt.timeoutSeconds`. HolmesGPT may still be at work, so it is not asked a second time.',
  },
  HOLMES_LOST: {
    retryable: false,
    remedy:
      'The connection ended before the answer did. HolmesGPT may still be at work, so it is not asked a second time.',
  },
  HOLMES_NONSENSE: {
    retryable: false,
    remedy: 'The answer is not of the form that was asked for; investigate by hand, or use another model.',
  },
  // — the cluster
  TARGET_NOT_FOUND: {
    retryable: false,
    remedy: 'Check cluster, namespace and name; the object may have been deleted.',
  },
  TARGET_REPLACED: {
    retryable: false,
    remedy: 'Another object stands under this name now (other uid). Make a new plan for it.',
  },
  TARGET_CHANGED: { retryable: false, remedy: 'Somebody changed the target meanwhile. Preview the plan again.' },
  FORBIDDEN: {
    retryable: false,
    remedy: 'Grant the permission to the worker’s ServiceAccount; `kubernaut doctor` lists what is missing.',
  },
  UNAUTHORIZED: { retryable: false, remedy: 'Renew the credentials of the worker.' },
  CONFLICT: { retryable: true, remedy: 'Another writer is updating the object; the engine tries again.' },
  REJECTED_BY_SERVER: {
    retryable: false,
    remedy: 'The API server or an admission webhook refused the change; see the message.',
  },
  DISRUPTION_BUDGET: {
    retryable: false,
    remedy: 'A PodDisruptionBudget allowed no eviction before the deadline. Add replicas or relax the budget.',
  },
  DISRUPTION_LIMIT: {
    retryable: false,
    remedy:
      'Bring back what is out of service first, or lower `guards.nodes` / `guards.workloads` in kubernaut.yaml. In an emergency `guards.breakGlass` of the plan passes it, with a reason.',
  },
  THROTTLED: { retryable: true, remedy: 'The API server asks for less load; the engine waits and tries again.' },
  UNAVAILABLE: { retryable: true, remedy: 'The API server cannot be reached or fails; the engine tries again.' },
  DEADLINE_EXCEEDED: { retryable: false, remedy: 'Raise the timeout of the step, or find out what holds it up.' },
  // — the guards
  GUARD_REFUSED: {
    retryable: false,
    remedy: '`kubernaut guard show SCOPE` tells who holds it and what counts there; a person decides what to do.',
  },
  GUARD_LOST: {
    retryable: false,
    remedy: 'The guard was taken away from this run; see `kubernaut guard show SCOPE`. Make a new plan.',
  },
  // — the effect
  VERIFICATION_FAILED: {
    retryable: false,
    remedy: 'The change was made but did not have its effect; see the evidence.',
  },
  UNDO_CONFLICT: {
    retryable: false,
    remedy: 'Somebody changed the fields after us, so the undo left them alone. Decide by hand which value is right.',
  },
  UNDO_IMPOSSIBLE: { retryable: false, remedy: 'This effect cannot be taken back. Check the service by hand.' },
  SUB_PLAN_FAILED: {
    retryable: false,
    remedy: '`kubernaut show ID` of the sub-plan, whose id is in the message, tells what happened in it.',
  },
  // — the engine
  STOPPED: {
    retryable: false,
    remedy:
      'The kill switch is engaged; nothing was done. `kubernaut stop status` shows by whom; the step goes on once released.',
  },
  STOPPED_HALFWAY: {
    retryable: false,
    remedy:
      'The kill switch is engaged, and an earlier attempt of the step may have acted. The step goes on once released; an abort undoes it.',
  },
  STEERING_REFUSED: {
    retryable: false,
    remedy: 'Look at `kubernaut show ID`: it says what is waiting, and for which digest.',
  },
  CANCELLED: { retryable: false, remedy: 'The remediation was cancelled or aborted.' },
  WORKER_SHUTDOWN: { retryable: true, remedy: 'The worker was stopped while it ran the step; another worker goes on.' },
  SETTINGS_INVALID: { retryable: false, remedy: 'Correct the settings file; each problem is named with its path.' },
  WORKER_LOST: {
    retryable: false,
    remedy: 'No worker finished the step in time. Is one running for this task queue? See `kubernaut doctor`.',
  },
  PAYLOAD_DAMAGED: {
    retryable: false,
    remedy:
      'Does every worker and client have the same `temporal.encryption.keys`? If so, somebody changed what Temporal stores.',
  },
  OUTPUT_TOO_LARGE: { retryable: false, remedy: 'Narrow the action’s scope; its output is capped at 64 KiB.' },
  INTERNAL: { retryable: true, remedy: 'This is a bug of Kubernaut. Please report it with the workflow id.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof catalogue;
export const errorCatalogue: Readonly<Record<ErrorCode, ErrorKind>> = catalogue;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}

/** An error with a code from the catalogue. The message names the object and what happened; the remedy comes from the catalogue. */
export class KubernautError extends Error {
  override readonly name = 'KubernautError';
  readonly retryable: boolean;
  readonly remedy: string;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { cause?: unknown; remedy?: string; retryAfterMs?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryable = catalogue[code].retryable;
    this.remedy = options.remedy ?? catalogue[code].remedy;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** How long the other side asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}
