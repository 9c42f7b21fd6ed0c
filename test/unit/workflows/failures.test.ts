import { ActivityFailure, ApplicationFailure, CancelledFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { KubernautError } from '../../../plan/errors';
import { problemOfActivity } from '../../../workflows/failures';

function activityFailure(cause: Error): ActivityFailure {
  return new ActivityFailure('failed', 'drain_node.execute', '1', RetryState.NON_RETRYABLE_FAILURE, 'worker', cause);
}

const timeout = (type: 'HEARTBEAT' | 'SCHEDULE_TO_START' | 'START_TO_CLOSE') =>
  activityFailure(new TimeoutFailure('timed out', undefined, type));

test.each([
  [
    'an error of the catalogue, as the activity put it',
    activityFailure(
      ApplicationFailure.create({
        type: 'FORBIDDEN',
        message: 'no',
        details: [{ code: 'FORBIDDEN', message: 'no', remedy: 'Grant it.' }],
      }),
    ),
    { code: 'FORBIDDEN', message: 'no', remedy: 'Grant it.' },
  ],
  [
    'one without details',
    activityFailure(ApplicationFailure.create({ type: 'CONFLICT', message: 'again' })),
    { code: 'CONFLICT', message: 'again' },
  ],
  ['a cancel', new CancelledFailure('x'), { code: 'CANCELLED' }],
  [
    'a worker that went silent',
    timeout('HEARTBEAT'),
    { code: 'WORKER_LOST', message: expect.stringContaining('stopped reporting') },
  ],
  [
    'a queue that nobody serves',
    timeout('SCHEDULE_TO_START'),
    { code: 'WORKER_LOST', message: expect.stringContaining('no worker') },
  ],
  ['work that took too long', timeout('START_TO_CLOSE'), { code: 'DEADLINE_EXCEEDED' }],
  [
    'an expression of the core',
    new KubernautError('EXPRESSION_FAILED', 'no such key'),
    { code: 'EXPRESSION_FAILED', message: 'no such key' },
  ],
  ['anything else, cut to a length', activityFailure(new Error('x'.repeat(9999))), { code: 'INTERNAL' }],
])('%s becomes a problem that says so', (_, error, expected) => {
  const problem = problemOfActivity(error, 'drain_node.execute');
  expect(problem).toMatchObject(expected);
  expect(problem.remedy).toBeTruthy();
  expect(problem.message.length).toBeLessThanOrEqual(500);
});
