import type { z } from 'zod';
import { KubernautError } from '../plan/errors';
import { settingsSchema, type Settings } from './settings';

/**
 * Checks `value`, the parsed content of a settings file, and fills in the defaults. An empty file is a valid one.
 *
 * @param source names the file in the error
 * @throws {KubernautError} `SETTINGS_INVALID`, one line per problem: `clusters[0].name: …`
 */
export function parseSettings(value: unknown, source: string): Settings {
  const result = settingsSchema.safeParse(value ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap(problemsOf);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new KubernautError(
    'SETTINGS_INVALID',
    [`${source} has ${count}:`, ...problems.map((line) => `  ${line}`)].join('\n'),
  );
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.reduce<string>(
    (before, part) => (typeof part === 'number' ? `${before}[${part}]` : `${before}${before && '.'}${String(part)}`),
    '',
  );
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${path}${path && '.'}${key}: there is no such setting`);
  }
  return [`${path || '(the whole file)'}: ${issue.message}`];
}
