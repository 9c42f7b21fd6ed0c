import { defaultPayloadConverter } from '@temporalio/common';
import { auditOfHistory } from '../../activities/audit/reader/audit-of-history';
import type { HistoryEvent } from '../../activities/audit/reader/history-event';
import { reportOf } from '../../client/report/report-model';
import { reportPage } from '../../client/report/report-page';
import type { Bench } from '../bench';

const STEPS = 500;
const GOAL_MS = 2000;
const GOAL_KIB = 2048;

/** From a history in memory to the page: reading it from the server is the server's time. */
export const reportBench: Bench = {
  title: 'Report',
  nodes: 1,
  run(_stack, { rounds }, progress) {
    const events = historyOf(STEPS);
    const times: number[] = [];
    const sizes: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now();
      const page = reportPage(reportOf(auditOfHistory([{ runId: 'r', events }]), { id: 'remediation/x/1', now: 0 }));
      times.push(performance.now() - begin);
      sizes.push(Buffer.byteLength(page) / 1024);
      progress.line(`report: ${Math.round(times.at(-1)!)} ms, ${Math.round(sizes.at(-1)!)} KiB`);
    }
    const most = (values: number[]) => Math.max(...values);
    return Promise.resolve({
      rows: [
        {
          measure: `page of a run of ${STEPS} steps`,
          unit: 'ms',
          ours: times,
          goal: { text: `≤ ${GOAL_MS} ms`, met: most(times) <= GOAL_MS },
        },
        {
          measure: 'its size',
          unit: 'KiB',
          ours: sizes,
          goal: { text: `≤ ${GOAL_KIB} KiB`, met: most(sizes) <= GOAL_KIB },
        },
      ],
      notes: [
        `${events.length} events; each step with a diff of five fields, an effect and evidence, one in ten retried.`,
      ],
    });
  },
};

const payloads = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value)] });

/** Validate, execute, verify of each step, one after the other. */
function historyOf(steps: number): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const add = (attributes: Partial<HistoryEvent>): number => {
    const id = events.length + 1;
    const seconds = 1_700_000_000 + Math.floor(id / 2);
    events.push({ eventId: id as never, eventTime: { seconds: seconds as never, nanos: 0 }, ...attributes });
    return id;
  };
  const plan = { metadata: { name: 'long', requester: 'bench', reason: 'measured' } };
  add({ workflowExecutionStartedEventAttributes: { input: payloads({ plan }) } });
  for (let n = 0; n < steps; n++) {
    const target = { cluster: 'prod', kind: 'Deployment', namespace: 'shop', name: `web-${n}`, uid: `0000-${n}` };
    const diff = Array.from({ length: 5 }, (_, field) => ({
      path: `/spec/template/spec/containers/0/resources/limits/field-${field}`,
      before: '250m',
      after: '500m',
    }));
    const summary = `shop/web-${n} limits 250m → 500m`;
    const results = {
      validate: { target, diff, before: diff, warnings: ['last written by kubectl at 2026-11-24T00:00:00Z'], summary },
      execute: { changed: true, summary, data: { field: '500m' } },
      verify: { verified: true, summary: `shop/web-${n}: 3 of 3 replicas ready, stable for 10 s`, data: {} },
    };
    for (const [phase, result] of Object.entries(results)) {
      const at = add({
        activityTaskScheduledEventAttributes: {
          activityId: `${n}-${phase}`,
          activityType: { name: `increase_resources.${phase}` },
          input: payloads({ step: { stepId: `step-${n}`, operationId: `remediation/x/1/step-${n}`, target } }),
        },
      });
      const lastFailure = n % 10 === 0 ? { message: 'no answer within 10 s' } : undefined;
      add({
        activityTaskStartedEventAttributes: {
          scheduledEventId: at as never,
          attempt: lastFailure ? 2 : 1,
          ...(lastFailure && { lastFailure }),
        },
      });
      add({ activityTaskCompletedEventAttributes: { scheduledEventId: at as never, result: payloads(result) } });
    }
  }
  add({
    workflowExecutionCompletedEventAttributes: { result: payloads({ outcome: 'succeeded', reason: 'all done' }) },
  });
  return events;
}
