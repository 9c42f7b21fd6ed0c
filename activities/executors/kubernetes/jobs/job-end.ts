import { isStampedBy } from '../fields/operation-stamp';
import { logTail, type LogTail } from '../pods/log-tail';
import { isControlledBy, stuckReason } from '../pods/pod';
import { conditionOf, count } from '../rollout/deployment-conditions';
import { waitUntil } from '../wait/wait-until';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import type { Json, JsonObject } from '../../../../plan/json';

const LOG_LINES = 50;

/** Waits until the Job's controller says Complete (its exit codes), or Failed, or the Job of this operation is gone. */
export function waitForEnd(
  ctx: ActionContext,
  { namespace, name }: { namespace?: string; name: string },
): Promise<{ met: true; value: number[] } | { met: false; reason: string }> {
  return waitUntil(ctx, {
    what: `Job ${namespace}/${name}`,
    queries: [
      { apiVersion: 'batch/v1', kind: 'Job', namespace, fieldSelector: `metadata.name=${name}` },
      { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` },
    ],
    evaluate: ([jobs = [], pods = []]) => {
      const job = jobs.find((each) => isStampedBy(each, ctx.operationId));
      if (!job) return { state: 'failed', reason: 'it does not exist (any more)' };
      const own = pods.filter((pod) => isControlledBy(pod, job.metadata.uid));
      const failed = conditionOf(job, 'Failed');
      if (failed?.status === 'True') {
        const codes = exitCodes(own);
        const ends = codes.length > 0 ? `, exit codes ${codes.join(', ')}` : '';
        return {
          state: 'failed',
          reason: `${failed.reason ?? 'Failed'}: ${failed.message ?? ''}${ends}`.slice(0, 400),
        };
      }
      if (conditionOf(job, 'Complete')?.status === 'True') return { state: 'met', value: exitCodes(own) };
      const why = own.map(stuckReason).find((each) => each !== undefined);
      return { state: 'waiting', reason: why ?? `${own.length} pods, not finished` };
    },
  });
}

/**
 * Suspends the Job of this operation if it still runs, and waits until its pods are gone: what undoes it must not run beside it.
 * False when there is none (any more): whether it ever ran is not known then.
 */
export async function stopJob(
  ctx: ActionContext,
  { namespace, name }: { namespace?: string; name: string },
): Promise<boolean> {
  const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace, name };
  const job = await ctx.cluster.find(ref);
  if (!job || !isStampedBy(job, ctx.operationId)) return false;
  if (isOver(job)) return true;
  await ctx.cluster.patch(ref, [
    // Another Job of that name is refused by the server.
    { op: 'replace', path: '/metadata/uid', value: job.metadata.uid },
    { op: 'add', path: '/spec/suspend', value: true },
  ]);
  await waitUntil<true>(ctx, {
    what: `stop of Job ${namespace}/${name}`,
    queries: [{ apiVersion: 'batch/v1', kind: 'Job', namespace, fieldSelector: `metadata.name=${name}` }],
    evaluate: ([jobs = []]) => {
      const now = jobs.find(({ metadata }) => metadata.uid === job.metadata.uid);
      const stopped = now && conditionOf(now, 'Suspended')?.status === 'True' && count(now.status?.active) === 0;
      if (!now || isOver(now) || stopped) return { state: 'met', value: true };
      return { state: 'waiting', reason: `${count(now.status?.active)} of its pods still run` };
    },
  });
  return true;
}

function isOver(job: KubeObject): boolean {
  return ['Complete', 'Failed'].some((type) => conditionOf(job, type)?.status === 'True');
}

/** Of the Job's newest pod; those of a Job that was stopped at its deadline are deleted. */
export async function lastLog(
  ctx: ActionContext,
  { namespace, name }: { namespace?: string; name: string },
): Promise<LogTail> {
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector });
  const age = (pod: KubeObject) => pod.metadata.creationTimestamp ?? '';
  const pod = items.sort((a, b) => age(a).localeCompare(age(b))).at(-1);
  if (!pod) return { logAbsent: 'none of its pods is there (any more)' };
  return logTail(ctx, pod.metadata, { container: 'main', lines: LOG_LINES });
}

function exitCodes(pods: readonly KubeObject[]): number[] {
  return pods
    .flatMap((pod) => (pod.status?.containerStatuses ?? []) as JsonObject[])
    .map((status) => ((status.state as JsonObject | undefined)?.terminated as JsonObject | undefined)?.exitCode)
    .filter((code: Json | undefined): code is number => typeof code === 'number')
    .slice(0, 20);
}
