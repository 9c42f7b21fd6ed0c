import { Context } from '@temporalio/activity';
import { IncidentActivity, type FoundOwner, type HealthInput, type OwnerInput } from '../../plan/incident';
import type { Reading } from '../../plan/incident/state';
import { Phase } from '../../plan/step-io';
import { openActionContext, type ActionResources } from '../action-context';
import type { Activities } from '../activity-runtime';
import { systemClock } from '../clock';
import type { ActionContext, Clock } from '../contract';
import { toFailure } from '../failure';
import { watchHealth } from './health';
import { findOwner } from './owner';

export type IncidentClusterOptions = ActionResources & { clock?: Clock };

/** What incidents ask a cluster; on its kubernetes queue, with the credentials there. They only read. */
export function createIncidentClusterActivities(options: IncidentClusterOptions): Activities {
  return {
    [IncidentActivity.owner]: (input: OwnerInput): Promise<FoundOwner> =>
      reading(IncidentActivity.owner, input, options, (ctx) => findOwner(ctx, input)),
    [IncidentActivity.health]: (input: HealthInput): Promise<Reading> =>
      reading(IncidentActivity.health, input, options, (ctx) => watchHealth(ctx, input)),
  };
}

async function reading<T>(
  what: string,
  { incident, owner }: OwnerInput | HealthInput,
  options: IncidentClusterOptions,
  read: (ctx: ActionContext) => Promise<T>,
): Promise<T> {
  const { clock = systemClock } = options;
  const step = { operationId: incident, stepId: what, action: what, cluster: owner.cluster, params: {} };
  const open = openActionContext(Context.current(), step, Phase.verify, { ...options, clock });
  try {
    open.ctx.signal.throwIfAborted();
    return await read(open.ctx);
  } catch (error) {
    throw toFailure(error, what, open.stopped());
  } finally {
    open.close();
  }
}
