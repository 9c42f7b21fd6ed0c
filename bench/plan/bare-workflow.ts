import { proxyActivities } from '@temporalio/workflow';
import type { BareActivities, BareInput } from './bare';

const { noop } = proxyActivities<BareActivities>({ startToCloseTimeout: '10m' });

/** The same number of activities as a plan, in the same order: side by side for its previews, then one after the other. */
export async function bare({ parallel, sequential }: BareInput): Promise<void> {
  await Promise.all(Array.from({ length: parallel }, () => noop()));
  for (let done = 0; done < sequential; done++) await noop();
}
