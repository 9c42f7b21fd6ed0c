import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { auditOfHistory } from './audit-of-history';
import type { AuditRecord } from './audit-record';
import type { HistoryEvent } from './history-event';

/** A history recorded from a real server, one event a line. */
function recorded(name: string): HistoryEvent[] {
  const lines = readFileSync(join(__dirname, 'fixtures', `${name}.ndjson`), 'utf8')
    .trimEnd()
    .split('\n');
  return historyFromJSON({ events: lines.map((line) => JSON.parse(line) as object) }).events ?? [];
}

const payloads = (...values: unknown[]) => ({
  payloads: values.map((value) => defaultPayloadConverter.toPayload(value)),
});

/** Events by their attributes alone; numbers and times (one a second) come from the position. */
function events(...attributes: Partial<HistoryEvent>[]): HistoryEvent[] {
  return attributes.map((each, index) => ({
    eventId: (index + 1) as never,
    eventTime: { seconds: (1_700_000_000 + index) as never, nanos: 0 },
    ...each,
  }));
}

const started = (more: object = {}): Partial<HistoryEvent> => ({
  workflowExecutionStartedEventAttributes: {
    input: payloads({ plan: { metadata: { name: 'p', requester: 'alice', reason: 'why' } } }),
    identity: 'cli',
    ...more,
  },
});
const scheduled = (type: string): Partial<HistoryEvent> => ({
  activityTaskScheduledEventAttributes: {
    activityId: '7',
    activityType: { name: type },
    input: payloads({ step: { stepId: 's' } }),
  },
});
const audit = (...attributes: Partial<HistoryEvent>[]): AuditRecord[] =>
  auditOfHistory([{ runId: 'r1', events: events(...attributes) }]);

test('a recorded run: start, refused and given approval, every activity with attempts, times and effect, outcome', () => {
  const records = auditOfHistory([{ runId: 'r1', events: recorded('approved-after-refusal') }]);
  const lines = records.map(({ what, step, status, attempts, by }) => [what, step, status, attempts ?? by].join(' '));
  expect(lines).toEqual([
    'plan web-load  done alice',
    'plan checked  done 1',
    'timer  cancelled ',
    'scale_deployment.validate scale done 1',
    'log.validate note done 1',
    'approval of plan  done ',
    'approve  refused alice',
    'approve  done alice',
    'scale_deployment.validate scale done 1',
    'scale_deployment.execute scale done 1',
    'scale_deployment.verify scale done 1',
    'log.validate note done 1',
    'log.execute note done 1',
    'log.verify note done 1',
    'succeeded  done ',
  ]);
  expect(records.find(({ status }) => status === 'refused')).toMatchObject({
    identity: 'alice@kubernaut-cli',
    digest: 'deadbeefdead',
    failure: { code: 'STEERING_REFUSED' },
  });
  expect(records.find(({ what }) => what === 'scale_deployment.execute')).toMatchObject({
    phase: 'execute',
    summary: 'cli-test/web replicas 2 → 4',
    identity: '1@worker',
    durationMs: expect.any(Number),
  });
  expect(records.at(-1)).toMatchObject({ kind: 'ended', digest: expect.stringMatching(/^sha256:/) });
});

test('a failed activity tells code, message and attempts; the one before a success is kept as lastFailure', () => {
  const failure = { message: 'budget allows no eviction', applicationFailureInfo: { type: 'DISRUPTION_BUDGET' } };
  const [, first, second] = audit(
    started(),
    scheduled('drain_node.execute'),
    { activityTaskStartedEventAttributes: { scheduledEventId: 2 as never, attempt: 3, lastFailure: failure } },
    {
      activityTaskFailedEventAttributes: {
        scheduledEventId: 2 as never,
        failure: { message: 'outer', cause: failure },
      },
    },
    scheduled('drain_node.rollback'),
    { activityTaskStartedEventAttributes: { scheduledEventId: 5 as never, attempt: 2, lastFailure: failure } },
    { activityTaskCompletedEventAttributes: { scheduledEventId: 5 as never, result: payloads({ summary: 'back' }) } },
  );
  const expected = { code: 'DISRUPTION_BUDGET', message: 'budget allows no eviction' };
  expect(first).toMatchObject({ status: 'failed', attempts: 3, failure: expected, durationMs: 2000, step: 's' });
  expect(second).toMatchObject({
    status: 'done',
    attempts: 2,
    lastFailure: expected,
    result: 'back',
    phase: 'rollback',
  });
});

test('a verification that refutes the effect is no success, though its activity completed', () => {
  const [, verify] = audit(
    started(),
    scheduled('scale_deployment.verify'),
    { activityTaskStartedEventAttributes: { scheduledEventId: 2 as never, attempt: 1 } },
    {
      activityTaskCompletedEventAttributes: {
        scheduledEventId: 2 as never,
        result: payloads({ verified: false, summary: '2 of 4 ready' }),
      },
    },
  );
  expect(verify).toMatchObject({ status: 'failed', result: '2 of 4 ready' });
});

test('an activity that is being retried shows the attempts that only the server knows', () => {
  const run = { runId: 'r1', events: events(started(), scheduled('cordon_node.execute')) };
  const lastFailure = { code: 'UNAVAILABLE', message: 'no answer' };
  const [, running] = auditOfHistory([run], [{ activityId: '7', attempt: 4, lastFailure }]);
  expect(running).toMatchObject({ status: 'open', attempts: 4, lastFailure });
});

test('signals, cancel requests, resets and failing workflow code are named', () => {
  const records = audit(
    started(),
    {
      workflowExecutionSignaledEventAttributes: { signalName: 'approve', input: payloads({ by: 'bob', digest: 'd' }) },
    },
    { workflowExecutionSignaledEventAttributes: { signalName: 'granted', input: payloads({}) } },
    { workflowExecutionCancelRequestedEventAttributes: { identity: 'eve' } },
    { workflowTaskFailedEventAttributes: { failure: { message: 'nondeterminism' } } },
    { workflowTaskFailedEventAttributes: { baseRunId: 'r0', newRunId: 'r1', failure: { message: 'again' } } },
  );
  expect(records.slice(1).map(({ kind, what, by, identity }) => [kind, what, by ?? identity])).toEqual([
    ['steering', 'approve', 'bob'],
    ['message', 'granted', undefined],
    ['cancel_requested', 'cancel requested', 'eve'],
    ['engine', 'workflow code failed', undefined],
    ['engine', 'reset', undefined],
  ]);
});

test('runs that continued as new are one audit; what was open goes with the run', () => {
  const records = auditOfHistory([
    {
      runId: 'r1',
      events: events(
        started(),
        { timerStartedEventAttributes: { startToFireTimeout: { seconds: 60 as never } } },
        { workflowExecutionContinuedAsNewEventAttributes: { newExecutionRunId: 'r2' } },
      ),
    },
    {
      runId: 'r2',
      events: events(started({ continuedExecutionRunId: 'r1' }), {
        workflowExecutionFailedEventAttributes: {
          failure: {
            message: 'rolled_back: x',
            applicationFailureInfo: {
              type: 'rolled_back',
              details: payloads({ outcome: 'rolled_back', reason: 'x', digest: 'd', steps: [] }),
            },
          },
        },
      }),
    },
  ]);
  expect(records.map(({ what, status, runId }) => [what, status, runId])).toEqual([
    ['plan p', 'done', 'r1'],
    ['timer', 'cancelled', 'r1'],
    ['continued as new', 'done', 'r1'],
    ['rolled_back', 'failed', 'r2'],
  ]);
  expect(records.at(-1)).toMatchObject({ result: 'x', digest: 'd', failure: { code: 'rolled_back' } });
});

test('a history whose beginning is past retention says so, and ends without beginnings are left out', () => {
  const records = audit(started({ continuedExecutionRunId: 'gone' }), {
    activityTaskCompletedEventAttributes: { scheduledEventId: 99 as never },
  });
  expect(records.map(({ kind }) => kind)).toEqual(['gap']);
});

test.each([
  [{ workflowExecutionTerminatedEventAttributes: { reason: 'by hand', identity: 'ops' } }, 'terminated', 'failed'],
  [{ workflowExecutionTimedOutEventAttributes: {} }, 'timed out', 'timed_out'],
  [
    { workflowExecutionCanceledEventAttributes: { details: payloads({ outcome: 'aborted', reason: 'r' }) } },
    'aborted',
    'cancelled',
  ],
])('the end %#: %s', (attributes, what, status) => {
  expect(audit(started(), attributes).at(-1)).toMatchObject({ kind: 'ended', what, status });
});

test('payloads that cannot be decoded leave a record without their content', () => {
  const encrypted = { payloads: [{ metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from('x') }] };
  const [record] = audit(started({ input: encrypted }));
  expect(record).toMatchObject({ what: 'started', identity: 'cli' });
});
