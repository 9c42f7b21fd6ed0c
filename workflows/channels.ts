import { workflowInfo } from '@temporalio/workflow';
import type { Command, RunContext } from '../plan/core/state';
import type { JsonObject } from '../plan/json';
import type { ActionMeta, StepRequest } from '../plan/step-io';
import type { Happening } from './commands';
import { problemOfActivity } from './failures';
import { operationIdOf } from './operation-id';
import { callAction } from './phases';

/** Facts about the action that tells people; a plan need not have a step of it. */
const notification: Pick<ActionMeta, 'executor' | 'clusterScoped'> = { executor: 'custom', clusterScoped: false };

/** Tells people about approvals, through the action `notification`. Whatever becomes of it is recorded, and nothing waits for it. */
export class Channels {
  /** Notifications under way. */
  telling = 0;

  constructor(
    private readonly run: RunContext,
    private readonly report: (happening: Happening) => void,
  ) {}

  tell({ id, channel, about, severity, title, text, decision }: Extract<Command, { type: 'tell' }>): void {
    const { cluster } = this.run.plan.spec;
    const step: StepRequest = {
      ...{ operationId: operationIdOf(this.run, id), stepId: id, action: 'notification', cluster },
      params: { channel, severity, title, text },
    };
    const summary = `tell ${channel}: ${title}`;
    // The channel was named by the plan or a policy; there is nothing to choose.
    const waiting = decision && { workflow: workflowInfo().workflowId, ...decision };
    const before = { channels: [channel], ...(waiting && { decision: waiting }) };
    const validation = { before, diff: [], warnings: [], summary, noEffect: false };
    const options = {
      startToCloseTimeout: '60s',
      scheduleToCloseTimeout: '5m',
      retry: { maximumAttempts: 3 },
    } as const;
    this.telling++;
    const answer = (problem?: ReturnType<typeof problemOfActivity>) => {
      this.telling--;
      this.report({ type: 'told', channel, about, ...(problem && { problem }) });
    };
    const input = { step, validation } as unknown as JsonObject;
    const call = { action: step.action, phase: 'execute', request: step, input, summary, options } as const;
    void callAction(notification, call).then(
      () => answer(),
      (error: unknown) => answer(problemOfActivity(error, 'notification.execute')),
    );
  }
}
