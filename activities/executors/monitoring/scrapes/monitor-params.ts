import { z } from 'zod';
import { prometheusDuration } from '../rules/rule-params';
import { seconds } from '../rules/rules-in-force';

/** Rules of `metadata.labels`. */
const labelKey = z
  .string()
  .max(317)
  .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, 'must be a label key');
const labelValue = z
  .string()
  .regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
    'must be a label value: at most 63 letters, digits, - _ .',
  );

export const objectLabels = z
  .record(labelKey, labelValue)
  .refine((each) => Object.keys(each).length >= 1 && Object.keys(each).length <= 20, 'must have 1 to 20 labels');

export const scrapeDuration = prometheusDuration.refine((text) => text !== '' && seconds(text) >= 1, {
  error: 'must be at least 1s',
  when: ({ issues }) => issues.length === 0,
});

export const requireUp = z
  .boolean()
  .default(true)
  .describe('Verified only when a target answers; false: it is enough that Prometheus tries. Default true.');

/** The operator refuses a timeout above the interval, and then drops the whole object silently. */
export function timeoutProblem(interval: unknown, timeout: unknown): string[] {
  if (typeof interval !== 'string' || typeof timeout !== 'string' || interval === '' || timeout === '') return [];
  return seconds(timeout) > seconds(interval)
    ? [`its timeout of ${timeout} is longer than its interval of ${interval}`]
    : [];
}
