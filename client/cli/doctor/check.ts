/** `ok`: works · `warning`: works, but look at it · `failed`: does not work · `skipped`: could not be looked at. */
export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

/** One line of `kubernaut doctor`. */
export interface CheckResult {
  /** `temporal`, `search attributes`, `cluster prod`. */
  check: string;
  state: CheckState;
  /** How it is, or why it is not. */
  reason: string;
  remedy?: string;
}

export function ok(check: string, reason: string): CheckResult {
  return { check, state: 'ok', reason };
}

export function warning(check: string, reason: string, remedy?: string): CheckResult {
  return { check, state: 'warning', reason, remedy };
}

export function failed(check: string, reason: string, remedy?: string): CheckResult {
  return { check, state: 'failed', reason, remedy };
}

export function skipped(check: string, reason: string): CheckResult {
  return { check, state: 'skipped', reason };
}

/** The message of whatever was thrown, without stack or body. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}
