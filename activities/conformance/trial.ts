import { randomUUID } from 'node:crypto';
import { defaultActionSettings } from '../../config/action-settings';
import { KubernautError } from '../../plan/errors';
import type { Json, JsonObject } from '../../plan/json';
import type { Target } from '../../plan/model';
import type { Effect, Evidence, StepRequest, Validation } from '../../plan/step-io';
import { systemClock } from '../clock';
import type { Cluster } from '../cluster/cluster';
import type { ActionContext, ActionDefinition } from '../contract';
import type { Executor } from '../executor';
import { environmentSecrets, type Secrets } from '../secrets';
import type { Account } from './account';
import { CLUSTER_NAME } from './account';
import type { Staged } from './fixture';
import { recordedCluster, type CallRecord } from './recorded-cluster';

/** What came out of an action, for the checks that look at all of it. */
export interface Outputs {
  texts: string[];
  largestBytes: number;
  errors: unknown[];
}

const DEADLINE_MS = 60_000;

/** The budget is asked, so that its rights show, but the promises of an action do not depend on what else runs in the cluster. */
const lenient = { nodes: { minSchedulable: 1, poolLabels: [] }, workloads: { minHealthyShare: 0 } };

export interface TrialOptions {
  action: ActionDefinition;
  executor: Executor;
  staged: Staged;
  account: Account;
  outputs: Outputs;
  record: CallRecord;
}

/** One step on one staged target, run phase by phase without Temporal; keeps all that the action said and did. */
export class Trial {
  readonly record: CallRecord;
  readonly staged: Staged;
  /** Refusals under the action's own account, which has all that the action declares. */
  readonly forbidden: string[] = [];
  private readonly definition: ActionDefinition;
  private readonly executor: Executor;
  private readonly account: Account;
  private readonly outputs: Outputs;
  private readonly operationId = `remediation/conformance-${randomUUID().slice(0, 8)}/1/step`;
  private readonly abort = new AbortController();

  constructor({ action, executor, staged, account, outputs, record }: TrialOptions) {
    this.definition = action;
    this.executor = executor;
    this.staged = staged;
    this.account = account;
    this.outputs = outputs;
    this.record = record;
  }

  get action(): string {
    return this.definition.name;
  }

  validate(
    given: { target?: Omit<Target, 'cluster'>; params?: JsonObject; account?: Account } = {},
  ): Promise<Validation> {
    return this.phase((ctx, step) => this.executor.validate(ctx, step), given);
  }

  execute(validation: Validation, attempt = 1): Promise<Effect> {
    return this.phase((ctx, step) => this.executor.execute(ctx, step, validation), { attempt });
  }

  verify(validation: Validation, effect: Effect, deadlineMs?: number): Promise<Evidence> {
    return this.phase((ctx, step) => this.executor.verify(ctx, step, validation, effect), { deadlineMs });
  }

  rollback(validation: Validation, effect?: Effect): Promise<Effect> {
    return this.phase((ctx, step) => this.executor.rollback(ctx, step, validation, effect));
  }

  /** Byte for byte comparable; `absent` for nothing. */
  async world(): Promise<string> {
    return JSON.stringify((await this.staged.read()) ?? 'absent');
  }

  /** Stored writes to the cluster, and what the fixture counts elsewhere. */
  async changes(): Promise<number> {
    return this.record.stored.length + ((await this.staged.changes?.()) ?? 0);
  }

  end(): void {
    this.abort.abort();
  }

  private async phase<T extends Validation | Effect | Evidence>(
    run: (ctx: ActionContext, step: StepRequest) => Promise<T>,
    given: {
      attempt?: number;
      deadlineMs?: number;
      target?: Omit<Target, 'cluster'>;
      params?: JsonObject;
      account?: Account;
    } = {},
  ): Promise<T> {
    const target = given.target ?? this.staged.target;
    const step: StepRequest = {
      operationId: this.operationId,
      stepId: 'step',
      action: this.action,
      cluster: CLUSTER_NAME,
      ...(target && { target: { ...target, cluster: CLUSTER_NAME } }),
      params: given.params ?? this.staged.params,
    };
    try {
      // As a payload it crosses a workflow boundary: what JSON does not keep must not matter.
      const result = await run(this.context(given), JSON.parse(JSON.stringify(step)) as StepRequest);
      this.note(result as unknown as Json);
      return JSON.parse(JSON.stringify(result)) as T;
    } catch (error) {
      this.outputs.errors.push(error);
      const own = given.account === undefined && given.target === undefined;
      if (own && error instanceof KubernautError && error.code === 'FORBIDDEN') this.forbidden.push(error.message);
      this.note(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  private context({ attempt = 1, deadlineMs, account = this.account }: Parameters<Trial['phase']>[1] & object) {
    const { definition: action, staged, record } = this;
    const cluster = recordedCluster(account.cluster, record).boundTo?.(this.abort.signal);
    const note = (level: string) => (message: string, fields?: JsonObject) => this.note({ level, message, ...fields });
    const ctx: ActionContext = {
      operationId: this.operationId,
      attempt,
      get cluster(): Cluster {
        if (action.clusterScoped && cluster) return cluster;
        throw new KubernautError('PRECONDITION_FAILED', `${action.name} says that it needs no cluster`);
      },
      settings: { ...defaultActionSettings, disruption: lenient, ...staged.settings },
      secrets: secretsOf(staged.secrets),
      clock: systemClock,
      log: { info: note('info'), warn: note('warn') },
      signal: this.abort.signal,
      deadline: Date.now() + (deadlineMs ?? staged.deadlineMs ?? DEADLINE_MS),
      progress: (message, details) => this.note({ message, ...details }),
    };
    return ctx;
  }

  private note(output: Json): void {
    const text = JSON.stringify(output);
    this.outputs.texts.push(text);
    this.outputs.largestBytes = Math.max(this.outputs.largestBytes, Buffer.byteLength(text));
  }
}

function secretsOf(given: Readonly<Record<string, string>> = {}): Secrets {
  const others = environmentSecrets();
  return {
    read: async (ref) => given['env' in ref ? ref.env : ref.file] ?? others.read(ref),
  };
}
