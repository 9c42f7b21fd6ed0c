import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { auditOfHistory, type RunHistory } from './audit-of-history';
import type { AuditRecord } from './audit-record';
import type { HistoryEvent } from './history-event';

/** What guards, policies, people and the engine itself leave in the history. */

const folder = join(__dirname, '../../../test/replay/histories');
const read = (name: string): RunHistory => {
  const json = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as object;
  return { runId: name, events: historyFromJSON(json).events ?? [] };
};
const recorded = (...names: string[]): AuditRecord[] => auditOfHistory(names.map(read));

const payloads = (...values: unknown[]) => ({
  payloads: values.map((value) => defaultPayloadConverter.toPayload(value)),
});
const started: Partial<HistoryEvent> = {
  workflowExecutionStartedEventAttributes: { input: payloads({ plan: { metadata: { name: 'p' } } }) },
};
const marker = (type: string, result?: unknown, failure?: object): Partial<HistoryEvent> => ({
  markerRecordedEventAttributes: {
    markerName: 'core_local_activity',
    details: {
      data: payloads({ activity_type: type, attempt: 1 }),
      ...(result !== undefined && { result: payloads(result) }),
    },
    ...(failure && { failure }),
  },
});
const signal = (signalName: string, input: unknown): Partial<HistoryEvent> => ({
  workflowExecutionSignaledEventAttributes: { signalName, input: payloads(input), identity: 'guard' },
});
const timer = (summary: string): Partial<HistoryEvent> => ({
  timerStartedEventAttributes: { startToFireTimeout: { seconds: 60 as never } },
  userMetadata: { summary: defaultPayloadConverter.toPayload(summary) },
});
const fired = (startedEventId: number): Partial<HistoryEvent> => ({
  timerFiredEventAttributes: { startedEventId: startedEventId as never },
});
const cancelled = (startedEventId: number): Partial<HistoryEvent> => ({
  timerCanceledEventAttributes: { startedEventId: startedEventId as never },
});
const update = (name: string, request: object): Partial<HistoryEvent> => ({
  workflowExecutionUpdateAcceptedEventAttributes: { acceptedRequest: { input: { name, args: payloads(request) } } },
});
const answered = (acceptedEventId: number, outcome: object): Partial<HistoryEvent> => ({
  workflowExecutionUpdateCompletedEventAttributes: { acceptedEventId: acceptedEventId as never, outcome },
});
/** One event a second, from 2023-11-14T22:13:20Z. */
const events = (...attributes: Partial<HistoryEvent>[]): HistoryEvent[] =>
  attributes.map((each, index) => ({
    eventId: (index + 1) as never,
    eventTime: { seconds: (1_700_000_000 + index) as never, nanos: 0 },
    ...each,
  }));
const audit = (...attributes: Partial<HistoryEvent>[]): AuditRecord[] =>
  auditOfHistory([{ runId: 'r', events: events(started, ...attributes) }]).slice(1);
const at = (second: number): string => new Date((1_700_000_000 + second) * 1000).toISOString();

test('every recorded remediation has one start, one end that agrees with its result, and nothing left open', () => {
  const names = readdirSync(folder)
    .map((file) => file.replace('.json', ''))
    // Of a remediation, and from its beginning to its end.
    .filter((name) => {
      const { events } = read(name);
      const started = events[0]?.workflowExecutionStartedEventAttributes;
      const last = Object.keys(events.at(-1) ?? {});
      const isEnded = last.some((key) => /^workflowExecution(Completed|Failed|Canceled|Terminated|TimedOut)/.test(key));
      return started?.workflowType?.name === 'remediation' && !name.startsWith('continued') && isEnded;
    });
  expect(names.length).toBeGreaterThanOrEqual(20);
  for (const name of names) {
    const records = recorded(name);
    const count = (kind: string) => records.filter((record) => record.kind === kind).length;
    expect([name, count('started'), count('ended'), count('check')]).toEqual([name, 1, 1, 1]);
    expect([name, records.filter(({ status }) => status === 'open' || status === 'abandoned')]).toEqual([name, []]);
    const ids = records.map(({ runId, event }) => `${runId}/${event}`);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test('before, diff, effect, evidence and undo of a recorded step, and what the end says of each', () => {
  const records = recorded('rolled-back');
  const of = (what: string, step: string) => records.find((record) => record.what === what && record.step === step);
  expect(of('lab_set.validate', 'b2')).toMatchObject({
    diff: [{ path: '/b2', before: 0, after: 2 }],
    before: { value: 0 },
  });
  expect(of('lab_set.execute', 'b2')).toMatchObject({ changed: true, data: { value: 2 }, status: 'done' });
  expect(of('lab_set.verify', 'b2')).toMatchObject({ status: 'failed', data: { value: 2 } });
  expect(of('lab_set.rollback', 'b2')).toMatchObject({ changed: true, result: 'b2 back to 0' });
  expect(records.at(-1)).toMatchObject({
    what: 'rolled_back',
    undone: ['b2', 'b1'],
    steps: [
      { id: 'b1', status: 'undone' },
      { id: 'b2', status: 'undone', error: { code: 'VERIFICATION_FAILED', message: 'b2 is 2' } },
    ],
  });
  expect(records.find(({ kind }) => kind === 'check')).toMatchObject({
    cluster: 'c',
    steps: [{ id: 'b1', action: 'lab_set', risk: 'low', reversibility: 'reversible' }, { id: 'b2' }],
  });
});

test('what was left behind is named in the end', () => {
  expect(recorded('rollback-failed').at(-1)!.left).toEqual([
    { step: 'c1', summary: expect.any(String), why: expect.any(String) },
  ]);
});

test('an approval that nobody gave: asked once, reminded, expired', () => {
  const asked = recorded('expired').filter(({ kind }) => kind === 'approval');
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ what: 'approval of plan', status: 'timed_out', result: 'nobody decided in time' });
  expect(asked[0]!.attempts).toBeGreaterThanOrEqual(1);
});

test('approvals with a quorum: each vote with its answer, the question closed by the last', () => {
  const [asked, first, second] = audit(
    timer(`approval of plan: no decision until ${at(600)} means no`),
    fired(2),
    timer(`approval of plan: no decision until ${at(600)} means no`),
    update('approve', { by: 'ann', digest: 'd' }),
    answered(5, { success: payloads('approved: plan d (1 of 2)') }),
    update('approve', { by: 'bob', digest: 'd' }),
    answered(7, { success: payloads('approved: plan d (2 of 2)') }),
    cancelled(4),
  );
  expect(asked).toMatchObject({ status: 'done', attempts: 1, until: at(600), durationMs: 7000 });
  expect([first?.by, first?.result]).toEqual(['ann', 'approved: plan d (1 of 2)']);
  expect([second?.by, second?.result]).toEqual(['bob', 'approved: plan d (2 of 2)']);
});

test('a question that goes away with an abort was not answered', () => {
  const [asked] = audit(
    timer(`approval of step:web: no decision until ${at(600)} means no`),
    update('abort', { by: 'ann', undo: false }),
    cancelled(2),
  );
  expect(asked).toMatchObject({ what: 'approval of step:web', step: 'web', status: 'cancelled' });
});

test('guards: asked, waited for behind somebody, granted, released', () => {
  const records = audit(
    marker('guard.request'),
    signal('guardQueued', {
      scope: 'cluster/prod',
      wait: { holder: 'me', position: 2, why: 'it is held', behind: ['other'], deadline: at(900) },
    }),
    signal('guardQueued', {
      scope: 'cluster/prod',
      wait: { position: 1, why: 'cooldown', behind: [], until: at(5), deadline: at(900) },
    }),
    signal('guardGranted', { scope: 'cluster/prod', token: 7 }),
    marker('guard.release'),
  );
  expect(records).toMatchObject([
    { kind: 'guard', what: 'guard requested' },
    {
      what: 'guard wait',
      status: 'done',
      durationMs: 2000,
      reason: 'cooldown',
      guard: { scope: 'cluster/prod', position: 1, until: at(5) },
    },
    { what: 'guard granted', guard: { scope: 'cluster/prod', token: 7 } },
    { what: 'guards released', summary: 'cluster/prod' },
  ]);
});

test('a guard that refuses, and one that is lost', () => {
  const records = audit(
    signal('guardRefused', { scope: 'a', reason: 'breaker is open' }),
    signal('guardLost', { scope: 'b', token: 1, reason: 'released by ann' }),
    marker('guard.request', undefined, { message: 'no answer', applicationFailureInfo: { type: 'UNAVAILABLE' } }),
  );
  expect(records).toMatchObject([
    { what: 'guard refused', status: 'refused', reason: 'breaker is open' },
    { what: 'guard lost', status: 'failed', reason: 'released by ann' },
    { what: 'guard requested', status: 'failed', failure: { code: 'UNAVAILABLE' } },
  ]);
});

test('policies: version, mode and rules; the second decision is about the step whose turn has come', () => {
  const decision = (verdict: string, steps: object) => ({
    verdict,
    mode: 'auto',
    version: 'sha256:abc',
    rules: [{ rule: 'guardrails/prod', verdict, reason: 'production' }],
    steps,
    noSelfApproval: true,
  });
  const [plan, step] = audit(
    marker('policy.evaluate', decision('approval', { a: {}, b: {} })),
    marker('policy.evaluate', decision('deny', { b: {} })),
  );
  expect(plan).toMatchObject({
    kind: 'policy',
    what: 'policy approval',
    status: 'done',
    policy: { version: 'sha256:abc', rules: [{ rule: 'guardrails/prod' }] },
  });
  expect(plan).not.toHaveProperty('step');
  expect(step).toMatchObject({
    what: 'policy deny',
    status: 'refused',
    step: 'b',
    reason: 'guardrails/prod: production',
  });
});

test('temporary effects, conditions of verify, compensations and retried steps are named as such', () => {
  const activity = (type: string, stepId: string, operationId: string): Partial<HistoryEvent> => ({
    activityTaskScheduledEventAttributes: {
      activityId: '1',
      activityType: { name: type },
      input: payloads({ step: { stepId, operationId, target: { cluster: 'c', kind: 'Node', name: 'n', uid: 'u' } } }),
    },
  });
  const records = audit(
    timer(`temporary effects stay until ${at(60)}`),
    activity('query.verify', 'web:check/0', 'w/web:check/0'),
    activity('scale.execute', 'web:rollback', 'w/web:rollback'),
    activity('scale.execute', 'web', 'w/web@2'),
  );
  expect(records).toMatchObject([
    { kind: 'keeping', until: at(60) },
    { step: 'web', part: 'check 1', target: 'c: Node/n', uid: 'u' },
    { step: 'web', part: 'compensation' },
    { step: 'web', attempt: 2 },
  ]);
});

test('retrying with other params, and aborting without an undo, are recorded as asked', () => {
  const [retry, abort] = audit(
    update('retryStep', { by: 'ann', step: 's', params: { replicas: 3 } }),
    update('abort', { by: 'bob', undo: false, reason: 'enough' }),
  );
  expect(retry).toMatchObject({ by: 'ann', step: 's', params: { replicas: 3 } });
  expect(abort).toMatchObject({ by: 'bob', summary: 'without undoing what was done', reason: 'enough' });
});

test('guards and questions live on when a run continues as new', () => {
  const text = `approval of plan: no decision until ${at(600)} means no`;
  const records = auditOfHistory([
    {
      runId: 'r1',
      events: events(started, signal('guardGranted', { scope: 'g', token: 1 }), timer(text), {
        workflowExecutionContinuedAsNewEventAttributes: { newExecutionRunId: 'r2' },
      }),
    },
    {
      runId: 'r2',
      events: events(
        {
          workflowExecutionStartedEventAttributes: {
            continuedExecutionRunId: 'r1',
            input: payloads({ resume: { state: { policy: {}, guards: { held: { g: 1, h: 2 } } } } }),
          },
        },
        timer(text),
        update('reject', { by: 'ann' }),
        cancelled(2),
        marker('guard.release'),
      ),
    },
  ]);
  expect(records.filter(({ kind }) => kind === 'approval')).toMatchObject([{ status: 'done', runId: 'r1' }]);
  expect(records.at(-1)).toMatchObject({ what: 'guards released', summary: 'g, h' });
});

test('signed decisions: by, digest and reason are the signed ones; the key stands there once checked, and a forged one is refused', () => {
  const jws = (claims: object) =>
    ['{}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');
  const [good, forged, garbled] = audit(
    update('approve', { jws: jws({ by: 'ann', digest: 'sha256:d', reason: 'fine', jti: 'j1' }) }),
    marker('decision.verify', { ok: true, claims: {}, signature: { key: 'ann-laptop', jti: 'j1', groups: ['sre'] } }),
    answered(2, { success: payloads('approved: plan d') }),
    signal('reject', { jws: jws({ by: 'eve', jti: 'j2' }) }),
    marker('decision.verify', { ok: false, reason: 'no such key', by: 'eve' }),
    signal('reject', { jws: 'a.b' }),
  ).filter(({ kind }) => kind === 'steering');
  expect(good).toMatchObject({
    by: 'ann',
    digest: 'sha256:d',
    reason: 'fine',
    status: 'done',
    signature: { jti: 'j1', key: 'ann-laptop', valid: true, groups: ['sre'] },
  });
  expect(forged).toMatchObject({ by: 'eve', status: 'refused', result: 'no such key', signature: { valid: false } });
  expect(garbled).toMatchObject({ what: 'reject', signature: {} });
});
