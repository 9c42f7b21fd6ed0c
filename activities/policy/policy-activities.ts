import { activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { PolicyDecision } from '../../plan/policy/decision';
import { evaluatePolicy } from '../../plan/policy/evaluate';
import type { PolicyRequest } from '../../plan/policy/request';
import type { Activities } from '../activity-runtime';
import type { Clock } from '../contract';
import { toFailure } from '../failure';
import type { PolicyStore } from './policy-store';
import { asksForHistory, policyWorld, type PolicyPlaces } from './policy-world';
import { targetHistory } from './target-history';

export interface PolicyService extends PolicyPlaces {
  store: PolicyStore;
}

/**
 * `policy.evaluate` as a local activity of the main queue: its answer, with the version of the policies and the rules that
 * decided, is in the history, so that a later change of a policy does not change the course of a run. It fails rather than
 * guesses when the history of a target cannot be read; the run is then blocked.
 */
export function createPolicyActivities(service: PolicyService, client: Client, clock: Clock): Activities {
  return {
    'policy.evaluate': async ({ request }: { request: PolicyRequest }): Promise<PolicyDecision> => {
      try {
        const set = service.store.current;
        const world = policyWorld(service, clock.now());
        if (!asksForHistory(set)) return evaluatePolicy(set, request, world);
        const self = activityInfo().workflowExecution?.workflowId ?? '';
        const history = await targetHistory(client, request, world.now, { self });
        return evaluatePolicy(set, request, { ...world, history });
      } catch (error) {
        throw toFailure(error, 'policy.evaluate');
      }
    },
  };
}
