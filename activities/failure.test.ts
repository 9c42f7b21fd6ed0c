import type { ApplicationFailure } from '@temporalio/common';
import { CancelledFailure } from '@temporalio/common';
import { errorCatalogue, KubernautError, type ErrorCode } from '../plan/errors';
import { Stop, toFailure } from './failure';

const failureOf = (error: unknown, stop?: Stop) => toFailure(error, 'paint_shed.execute', stop) as ApplicationFailure;

describe('What history gets to see of an error', () => {
  test.each(Object.keys(errorCatalogue) as ErrorCode[])(
    '%s keeps its code, and is retried or not as the catalogue says',
    (code) => {
      const failure = failureOf(new KubernautError(code, 'shed a: no paint'));
      expect(failure.type).toBe(code);
      expect(failure.nonRetryable).toBe(!errorCatalogue[code].retryable);
      expect(failure.details).toEqual([{ code, message: 'shed a: no paint', remedy: errorCatalogue[code].remedy }]);
    },
  );

  test('passes on how long the other side asked to wait', () => {
    expect(failureOf(new KubernautError('THROTTLED', 'slow down', { retryAfterMs: 7_000 })).nextRetryDelay).toBe(7_000);
  });

  test('holds no stack, no cause, no secret and no raw body', () => {
    const cause = new Error('inner');
    const error = new Error(`boom token=abc123 at https://u:pw@db/\n    at secret.ts:1\n${'x'.repeat(1e5)}`, { cause });
    const failure = failureOf(error);
    expect([failure.type, failure.nonRetryable, failure.stack, failure.cause]).toEqual([
      'INTERNAL',
      false,
      '',
      undefined,
    ]);
    expect(failure.message).toBe(
      'paint_shed.execute failed unexpectedly: Error: boom token=[redacted] at https://u:[redacted]@db/',
    );
    expect(failureOf(new Error('y'.repeat(5_000))).message).toHaveLength(500);
  });

  const aborted = [
    ['an AbortError', Object.assign(new Error('aborted'), { name: 'AbortError' })],
    ['the signal’s reason', new Stop('cancelled', 'the step was cancelled')],
    ['CANCELLED of the cluster', new KubernautError('CANCELLED', 'get pod a: stopped')],
    [
      'one wrapped in another',
      new KubernautError('UNAVAILABLE', 'get pod a', { cause: new DOMException('x', 'AbortError') }),
    ],
  ] as const;
  test.each(aborted)('after a cancel, %s ends the activity as cancelled', (_, error) => {
    expect(failureOf(error, new Stop('cancelled', 'x'))).toBeInstanceOf(CancelledFailure);
  });
  test.each(aborted)('at worker shutdown, %s is retried at once by another worker', (_, error) => {
    expect(failureOf(error, new Stop('shutdown', 'x'))).toMatchObject({
      type: 'WORKER_SHUTDOWN',
      nonRetryable: false,
      nextRetryDelay: 1,
    });
  });
  test.each(aborted)('at the deadline, %s becomes DEADLINE_EXCEEDED', (_, error) => {
    expect(failureOf(error, new Stop('deadline', 'x'))).toMatchObject({
      type: 'DEADLINE_EXCEEDED',
      nonRetryable: true,
    });
  });

  test('an error of its own that comes after a cancel is not hidden', () => {
    const failure = failureOf(new KubernautError('FORBIDDEN', 'patch shed a'), new Stop('cancelled', 'x'));
    expect(failure.type).toBe('FORBIDDEN');
  });
});
