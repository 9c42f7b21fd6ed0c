import { z } from 'zod';
import { durationMs } from '../../../plan/duration';

/** A duration such as `90s` or `1h30m` between two bounds, both inclusive and written the same way. */
export function durationParam(least: string, most: string): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    try {
      const ms = durationMs(text);
      if (ms >= durationMs(least) && ms <= durationMs(most)) return;
      context.addIssue({ code: 'custom', message: `must be between ${least} and ${most}` });
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });
}
