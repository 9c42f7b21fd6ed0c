import type { Context } from '@temporalio/activity';
import { KubernautError } from '../plan/errors';
import type { JsonObject } from '../plan/json';
import type { Phase, StepRequest } from '../plan/step-io';
import { defaultActionSettings, type ActionSettings } from '../config/action-settings';
import type { Cluster } from './cluster/cluster';
import type { ActionContext, Clock } from './contract';
import { phaseDeadline } from './deadline';
import { Stop } from './failure';
import { startHeartbeat } from './heartbeat';
import { environmentSecrets, type Secrets } from './secrets';

/** What is used of Temporal's activity `Context`; narrow, so that a test can stand in for it. */
export type ActivityHost = Pick<Context, 'cancellationSignal' | 'cancellationDetails' | 'heartbeat' | 'log'> & {
  info: Pick<
    Context['info'],
    'attempt' | 'scheduledTimestampMs' | 'scheduleToCloseTimeoutMs' | 'startToCloseTimeoutMs' | 'heartbeatTimeoutMs'
  > &
    Partial<Pick<Context['info'], 'currentAttemptScheduledTimestampMs'>>;
};

/** A cluster that can end its calls when the phase is told to stop (`connectCluster` gives such); others are used as they are. */
export type ServedCluster = Cluster;

/** What a worker has for its actions. */
export interface ActionResources {
  /** By name; a step in any other cluster is refused with `PRECONDITION_FAILED`. */
  clusters: ReadonlyMap<string, ServedCluster>;
  /** By cluster. Default: what an empty settings file gives. */
  settingsFor?: (cluster: string) => ActionSettings;
  /** Default: environment and files. */
  secrets?: Secrets;
}

export interface OpenContext {
  ctx: ActionContext;
  /** Why the phase was told to stop, once it was. */
  stopped(): Stop | undefined;
  /** Ends heartbeats and timers; call it always. */
  close(): void;
}

/**
 * The one place where Temporal's activity context becomes an {@link ActionContext}: cancel, worker shutdown and deadline
 * become one signal with a {@link Stop} as its reason, progress becomes heartbeats, logs get the step and operation id.
 */
export function openActionContext(
  host: ActivityHost,
  step: StepRequest,
  phase: Phase,
  options: ActionResources & { clock: Clock },
): OpenContext {
  const { clock, clusters, settingsFor = () => defaultActionSettings, secrets = environmentSecrets() } = options;
  const { info } = host;
  const abort = new AbortController();
  const onCancel = () => abort.abort(stopOf(host));
  if (host.cancellationSignal.aborted) onCancel();
  else host.cancellationSignal.addEventListener('abort', onCancel, { once: true });

  const deadline = phaseDeadline(step.deadline, info, clock.now());
  const timer = setTimeout(
    () => abort.abort(new Stop('deadline', 'it was still not done at its deadline')),
    Math.min(2 ** 31 - 1, Math.max(0, deadline.abortAt - clock.now())),
  );
  timer.unref();

  const heartbeat = startHeartbeat(
    (progress) => host.heartbeat(progress),
    info.heartbeatTimeoutMs,
    () => clock.now(),
  );
  const log = (level: 'info' | 'warn') => (message: string, fields?: JsonObject) =>
    host.log[level](message, { ...fields, ...logFields(step, phase) });

  let bound: Cluster | undefined;
  const serverWarnings = new Set<string>();
  return {
    ctx: {
      operationId: step.operationId,
      attempt: info.attempt,
      get cluster() {
        const operation = { id: step.operationId, phase };
        const onWarning = (text: string) => serverWarnings.add(text);
        const cluster = clusterOf(step, clusters);
        return (bound ??= cluster.boundTo?.(abort.signal, { operation, onWarning }) ?? cluster);
      },
      serverWarnings,
      settings: settingsFor(step.cluster),
      secrets,
      clock,
      log: { info: log('info'), warn: log('warn') },
      signal: abort.signal,
      deadline: deadline.at,
      progress: (message, details) => heartbeat.progress(message, details),
    },
    stopped: () => (abort.signal.aborted ? (abort.signal.reason as Stop) : undefined),
    close() {
      heartbeat.stop();
      clearTimeout(timer);
      host.cancellationSignal.removeEventListener('abort', onCancel);
    },
  };
}

/** The fields that lead from a log line to the step. */
export function logFields(step: StepRequest, phase: Phase): Record<string, string> {
  return { step: step.stepId, operation: step.operationId, action: step.action, phase };
}

/** The SDK cancels a running activity when its worker shuts down, too; only the details tell the two apart. */
export function stopOf(host: Pick<ActivityHost, 'cancellationSignal' | 'cancellationDetails'>): Stop {
  const reason: unknown = host.cancellationSignal.reason;
  const shutdown =
    host.cancellationDetails?.workerShutdown === true ||
    (reason instanceof Error && reason.message === 'WORKER_SHUTDOWN');
  return shutdown ? new Stop('shutdown', 'the worker was stopped') : new Stop('cancelled', 'the step was cancelled');
}

function clusterOf(step: StepRequest, clusters: ReadonlyMap<string, ServedCluster>): ServedCluster {
  const cluster = clusters.get(step.cluster);
  if (cluster !== undefined) return cluster;
  const known = [...clusters.keys()].join(', ') || 'none';
  throw new KubernautError(
    'PRECONDITION_FAILED',
    `this worker does not serve the cluster ${step.cluster} (it serves: ${known})`,
    { remedy: 'Add the cluster to `clusters` in kubernaut.yaml, or correct the target’s cluster.' },
  );
}
