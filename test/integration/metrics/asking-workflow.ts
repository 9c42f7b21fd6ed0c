import { proxyActivities } from '@temporalio/workflow';
import type { InvestigateInput } from '../../../plan/investigation';

/** Asks HolmesGPT once, as an incident would, but is tried again at once. */
export async function ask(input: InvestigateInput): Promise<unknown> {
  const activities = proxyActivities<Record<string, (input: InvestigateInput) => Promise<unknown>>>({
    taskQueue: 'kubernaut',
    startToCloseTimeout: '60s',
    heartbeatTimeout: '30s',
    retry: { maximumAttempts: 3, initialInterval: '10ms' },
  });
  return activities['holmesgpt.investigate']!(input);
}
