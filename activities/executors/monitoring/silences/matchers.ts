import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

const matcher = z.strictObject({
  name: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/)
    .describe('Label: `alertname`, `namespace` …'),
  value: z.string().max(2048).describe('What the label must be; a regular expression when isRegex is true.'),
  isRegex: z.boolean().default(false).describe('Default false.'),
  isEqual: z.boolean().default(true).describe('false: the label must not match. Default true.'),
});
export type Matcher = z.output<typeof matcher>;

/**
 * All must match. Alertmanager refuses matchers that every alert without these labels would satisfy; so at least one must be
 * positive and not match the empty text. One that matches everything (`.+` on alertname) is not for a machine to set.
 */
export const matchersSchema = z
  .array(matcher)
  .min(1)
  .max(20)
  .superRefine((matchers, context) => {
    matchers.forEach(({ value, isRegex }, index) => {
      if (!isRegex) return;
      const problem = regexProblem(value);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [index, 'value'], message: problem });
    });
    if (!matchers.some(isSelective)) {
      context.addIssue({
        code: 'custom',
        message: 'would match nearly every alert: name at least one label with a value, e.g. alertname',
      });
    }
  })
  .describe('All must match, as in Alertmanager. At least one must be positive and say something.');

/** Does it hold for these labels? Absent labels count as empty; regular expressions are anchored. As Alertmanager does it. */
export function matches({ name, value, isRegex, isEqual }: Matcher, labels: Readonly<Record<string, string>>): boolean {
  const actual = labels[name] ?? '';
  const equal = isRegex ? new RegExp(`^(?:${value})$`, 's').test(actual) : actual === value;
  return equal === isEqual;
}

/** Order does not matter. */
export function sameMatchers(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  const sorted = (list: readonly Matcher[]) => list.map((each) => JSON.stringify(plain(each))).sort();
  return isDeepStrictEqual(sorted(a), sorted(b));
}

function plain({ name, value, isRegex, isEqual }: Matcher): unknown[] {
  return [name, value, isRegex, isEqual];
}

function isSelective(matcher: Matcher): boolean {
  const { value, isRegex, isEqual } = matcher;
  if (!isEqual) return false;
  if (!isRegex) return value !== '';
  if (regexProblem(value) !== undefined) return true; // reported on its own
  // Three words that no sane expression for a name would all match.
  const sentinels = ['', 'zq7', 'Xk-93_w', '0'];
  return !sentinels.slice(1).every((text) => matches(matcher, { [matcher.name]: text })) && !matches(matcher, {});
}

/** Alertmanager uses RE2; what JavaScript's syntax refuses is mostly wrong there too, and look-around is always. */
function regexProblem(value: string): string | undefined {
  if (/\(\?[=!<]/.test(value)) return 'look-around is not known to Alertmanager (RE2)';
  try {
    new RegExp(`^(?:${value})$`, 's');
    return undefined;
  } catch {
    return 'is no regular expression';
  }
}
