import type { Draft } from './draft';

/** Tells a person no; that they tried is part of the audit. */
export function refuse(draft: Draft, what: string, by: string, message: string): void {
  draft.reply = { accepted: false, message };
  draft.fact(what, message, { by });
}

/** `: why`, or nothing. */
export function because(reason: string | undefined): string {
  return reason ? `: ${reason}` : '';
}

export function accept(draft: Draft, what: string, by: string, message: string): void {
  draft.reply = { accepted: true, message };
  draft.fact(what, message, { by });
}
