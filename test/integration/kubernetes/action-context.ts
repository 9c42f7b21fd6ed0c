import { defaultActionSettings, type ActionSettings } from '../../../config/action-settings';
import { environmentSecrets } from '../../../activities/secrets';
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../activities/clock';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import type { ActionContext, ActionDefinition } from '../../../activities/contract';
import { createExecutor, type Executor } from '../../../activities/executor';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { JsonObject } from '../../../plan/json';
import type { Target } from '../../../plan/model';
import type { Effect, StepRequest, Validation } from '../../../plan/step-io';

/** One step run without Temporal: real clock, real cluster, own abort signal and deadline; progress is kept for assertions. */
export interface ActionRun {
  step: StepRequest;
  progress: string[];
  abort: AbortController;
  context(attempt?: number): ActionContext;
  validate(): Promise<Validation>;
  execute(validation: Validation, attempt?: number): Promise<Effect>;
  verify(validation: Validation, effect: Effect): ReturnType<Executor['verify']>;
  rollback(validation: Validation, effect?: Effect): Promise<Effect>;
}

export interface RunOptions {
  cluster: ConnectedCluster;
  action: string;
  /** Default: those of executor `kubernetes`. */
  actions?: readonly ActionDefinition[];
  target?: Omit<Target, 'cluster'>;
  /** Parts of kubernaut.yaml that the action reads. Default: those of an empty file. */
  settings?: Partial<ActionSettings>;
  params?: JsonObject;
  /** Of each phase, from its start; default 60 s. */
  deadlineMs?: number;
  operationId?: string;
}

export function runAction({
  cluster,
  action,
  target,
  params = {},
  deadlineMs = 60_000,
  operationId,
  settings,
  actions = kubernetesActions,
}: RunOptions): ActionRun {
  const executor = createExecutor('kubernetes', ['k8s'], actions);
  const step: StepRequest = {
    operationId: operationId ?? `remediation/test-${randomUUID().slice(0, 8)}/1/${action}`,
    stepId: action,
    action,
    cluster: cluster.name,
    ...(target && { target: { cluster: cluster.name, ...target } }),
    params,
  };
  const progress: string[] = [];
  const abort = new AbortController();
  const context = (attempt = 1): ActionContext => ({
    operationId: step.operationId,
    attempt,
    cluster: cluster.boundTo(abort.signal),
    settings: { ...defaultActionSettings, ...settings },
    secrets: environmentSecrets(),
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined },
    signal: abort.signal,
    deadline: Date.now() + deadlineMs,
    progress: (message) => progress.push(message),
  });
  return {
    step,
    progress,
    abort,
    context,
    validate: () => executor.validate(context(), step),
    execute: (validation, attempt) => executor.execute(context(attempt), step, validation),
    verify: (validation, effect) => executor.verify(context(), step, validation, effect),
    rollback: (validation, effect) => executor.rollback(context(), step, validation, effect),
  };
}
