import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defaultPayloadConverter, WorkflowNotFoundError } from '@temporalio/common';
import { planOf, previewsOf, readPastRun } from './past-run';

const payloads = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value)] });
const begins = (input: object, more: object = {}) => ({
  workflowExecutionStartedEventAttributes: { input: payloads(input), ...more },
});
const validates = (eventId: number, step: object, result: object) => [
  {
    eventId,
    activityTaskScheduledEventAttributes: { activityType: { name: 'x.validate' }, input: payloads({ step }) },
  },
  { activityTaskCompletedEventAttributes: { scheduledEventId: eventId, result: payloads(result) } },
];
const asks = (subject: string) => ({
  timerStartedEventAttributes: {},
  userMetadata: { summary: defaultPayloadConverter.toPayload(`approval of ${subject}: no decision until t means no`) },
});
const says = (verdict: string) => ({
  markerRecordedEventAttributes: {
    markerName: 'core_local_activity',
    details: { data: payloads({ activity_type: 'policy.evaluate' }), result: payloads({ verdict }) },
  },
});

const info = { workflowId: 'remediation/a/1', runId: 'last' } as WorkflowExecutionInfo;

function clientWith(runs: Record<string, object[]>): Client {
  const getHandle = (_id: string, runId: string) => ({
    fetchHistory: () =>
      runs[runId]
        ? Promise.resolve({ events: runs[runId] })
        : Promise.reject(new WorkflowNotFoundError('gone', info.workflowId, runId)),
  });
  return { workflow: { getHandle }, options: { loadedDataConverter: { payloadCodecs: [] } } } as unknown as Client;
}

test('a run that continued as new is read from its first run, and by what all of it did', async () => {
  const plan = { metadata: { name: 'a' } };
  const first = [begins({ plan }), says('allow'), ...validates(3, { stepId: 's', params: { n: 1 } }, { diff: [] })];
  const last = [begins({ resume: {} }, { firstExecutionRunId: 'first' }), asks('step:s')];
  const run = (await readPastRun(clientWith({ first, last }), info))!;
  expect(planOf(run)).toEqual(plan);
  expect([...previewsOf(run)]).toEqual([['s', { validation: { diff: [] }, params: { n: 1 } }]]);
  expect(run.was).toBe('asked');
});

test('a history that has gone is no error, also when only its beginning has', async () => {
  expect(await readPastRun(clientWith({}), info)).toBeUndefined();
  const last = [begins({ resume: {} }, { firstExecutionRunId: 'first' })];
  expect(await readPastRun(clientWith({ last }), info)).toBeUndefined();
});

test.each([
  ['a policy denied it', [says('deny')], 'blocked'],
  ['a policy denied a step in its turn, after an approval', [says('approval'), asks('plan'), says('deny')], 'blocked'],
  ['it was only observed', [says('observe')], 'blocked'],
  ['no rule stood against it', [says('allow')], 'automatic'],
  ['only the undo was asked about', [says('allow'), asks('rollback'), asks('decision:s')], 'automatic'],
  ['it ended before anything was decided', [], 'unknown'],
])('%s', async (_, events, was) => {
  const run = await readPastRun(clientWith({ last: [begins({ plan: {} }), ...events] }), info);
  expect(run?.was).toBe(was);
});

test('it belongs to the incident at the root, else to what its plan names, else to itself', async () => {
  const groupOf = async (input: object, more: object = {}) =>
    (await readPastRun(clientWith({ last: [begins(input, more)] }), info))?.group;
  const root = { workflowId: 'incident/c/n/k/x', runId: 'i' };
  const parent = { workflowId: 'remediation/b/1', runId: 'p' };
  const id = root.workflowId;
  expect(await groupOf({}, { rootWorkflowExecution: root, parentWorkflowExecution: parent })).toEqual({
    ...{ key: `${id} i`, id },
  });
  const self = { workflowId: info.workflowId, runId: info.runId };
  const named = { plan: { metadata: { incident: 'INC-1' } } };
  expect(await groupOf(named, { rootWorkflowExecution: self })).toEqual({ key: 'INC-1', id: 'INC-1' });
  expect(await groupOf({})).toEqual({ key: 'remediation/a/1 last', id: 'remediation/a/1' });
});
