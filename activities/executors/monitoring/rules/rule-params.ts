import { z } from 'zod';
import { promqlProblem } from './promql';
import { PROMETHEUS_DURATION } from './rules-in-force';

export const alertName = z.string().min(1).max(200).describe('Name of the alert.');
export const groupName = z.string().min(1).max(200);
export const ruleName = {
  alert: alertName,
  group: groupName.optional().describe('Its group; needed only when several have an alert of that name.'),
};

export const expr = z
  .string()
  .trim()
  .min(1)
  .max(10_000)
  .superRefine((text, context) => {
    const problem = promqlProblem(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

export const prometheusDuration = z
  .string()
  .max(32)
  .refine((text) => PROMETHEUS_DURATION.test(text), 'must be a duration of Prometheus such as 30s, 5m or 1h30m');

export const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/, 'must be the name of a label');
export const labelText = z.string().max(4096);
