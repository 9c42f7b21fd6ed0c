import { Context } from '@temporalio/activity';
import type { EscalationNotice, NoticeDelivery } from '../../plan/incident';
import { IncidentActivity } from '../../plan/incident';
import { Phase, type StepRequest } from '../../plan/step-io';
import { openActionContext, type ActionResources } from '../action-context';
import { systemClock } from '../clock';
import type { Clock } from '../contract';
import { toFailure } from '../failure';
import type { ActionRegistry } from '../registry';

export interface NotifyOptions extends Partial<ActionResources> {
  registry: ActionRegistry;
  clock?: Clock;
}

const ACTION = 'notification';

/**
 * Tells people by the action `notification`, as a step of a plan would: the same channels, routes and rules. It is not held up
 * by the kill switch, which is the time at which people must hear.
 *
 * Fails with `PRECONDITION_FAILED` when no route says who is told.
 */
export async function notifyPeople(notice: EscalationNotice, options: NotifyOptions): Promise<NoticeDelivery> {
  const { registry, clusters = new Map(), clock = systemClock } = options;
  const { operationId, cluster, params } = notice;
  const step: StepRequest = { operationId, stepId: 'escalation', action: ACTION, cluster, params };
  const host = Context.current();
  const { ctx, stopped, close } = openActionContext(host, step, Phase.execute, { ...options, clusters, clock });
  try {
    ctx.signal.throwIfAborted();
    const executor = registry.executor(registry.get(ACTION).executor);
    const validation = await executor.validate(ctx, step);
    const effect = await executor.execute(ctx, step, validation);
    const { verified, summary } = await executor.verify(ctx, step, validation, effect);
    return { told: verified, summary };
  } catch (error) {
    const failure = toFailure(error, IncidentActivity.notify, stopped());
    ctx.log.warn('nobody was told that an incident needs a person', { reason: failure.message });
    throw failure;
  } finally {
    close();
  }
}
