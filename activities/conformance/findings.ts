import { KubernautError } from '../../plan/errors';
import { checkIds, type CheckId } from './checks';
import { NotApplicable } from './fixture';

export const FindingState = { passed: 'passed', failed: 'failed', notApplicable: 'not applicable' } as const;
export type FindingState = (typeof FindingState)[keyof typeof FindingState];

/** One check of one action, with the reason. */
export interface Finding {
  action: string;
  check: CheckId;
  state: FindingState;
  reason: string;
}

/** Says why a check failed. */
export class Refuted extends Error {
  override readonly name = 'Refuted';
}

export function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Refuted(otherwise);
}

/** The findings of one action; a check that is made several times (variants) fails when it fails once. */
export class Findings {
  private readonly found = new Map<CheckId, Finding>();

  constructor(
    private readonly action: string,
    private readonly exempt: Readonly<Partial<Record<CheckId, string>>> = {},
  ) {}

  /** Runs one check; `true` when one may go on to what builds on it. What `run` returns is the reason. */
  async check(id: CheckId, run: () => Promise<string>): Promise<boolean> {
    try {
      const reason = await run();
      this.add(id, FindingState.passed, reason);
      return true;
    } catch (error) {
      if (error instanceof NotApplicable) {
        this.add(id, FindingState.notApplicable, error.message);
        return true;
      }
      this.add(id, FindingState.failed, describe(error));
      return false;
    }
  }

  add(check: CheckId, state: FindingState, reason: string): void {
    const finding = { action: this.action, check, ...this.judge(check, state, oneLine(reason)) };
    if (this.found.get(check)?.state === FindingState.failed) return;
    this.found.set(check, finding);
  }

  /** An exemption stands only as long as the check, which is made all the same, does not hold. */
  private judge(check: CheckId, state: FindingState, reason: string): Pick<Finding, 'state' | 'reason'> {
    const exempted = this.exempt[check];
    if (exempted === undefined) return { state, reason };
    if (state !== FindingState.passed) return { state: FindingState.notApplicable, reason: exempted };
    return { state: FindingState.failed, reason: `it holds, but the fixture says that it does not apply: ${exempted}` };
  }

  /** In the order of the checks; what was never reached is a failure, never silently absent. */
  all(): Finding[] {
    return checkIds.map(
      (check) =>
        this.found.get(check) ?? {
          action: this.action,
          check,
          state: FindingState.failed,
          reason: 'not reached, because a check before it failed',
        },
    );
  }

  has(check: CheckId): boolean {
    return this.found.has(check);
  }
}

function describe(error: unknown): string {
  if (error instanceof KubernautError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
