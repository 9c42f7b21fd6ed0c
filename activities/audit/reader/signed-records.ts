import { DECISION_VERIFY } from '../../../plan/decision/signed-decision';
import type { AuditBook } from './audit-book';
import { type AuditRecord, AuditStatus } from './audit-record';
import { field, textOf, textsOf } from './history-event';

/** What a signed decision says: read, not yet believed. Whether its signature is right is in the answer of `decision.verify`. */
export function claimsOf(request: unknown): unknown {
  const [, payload] = textOf(field(request, 'jws'))?.split('.') ?? [];
  if (payload === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown;
  } catch {
    return {};
  }
}

/** Names the key of a decision that was verified, and refuses one that was not: a signal has no other trace of it. */
export function noteVerified(activityType: string, result: unknown, book: AuditBook): void {
  if (activityType !== DECISION_VERIFY) return;
  const valid = field(result, 'ok') === true;
  const decision = decisionOf(book, field(field(result, 'signature'), 'jti'), valid);
  if (decision === undefined) return;
  const key = textOf(field(field(result, 'signature'), 'key'));
  const groups = textsOf(field(field(result, 'signature'), 'groups'));
  decision.signature = { ...decision.signature, valid, ...(key && { key }), ...(groups && { groups }) };
  if (valid) return;
  decision.status = AuditStatus.refused;
  decision.result ??= textOf(field(result, 'reason')) ?? 'its signature is not valid';
}

/** The one of that id; a refused one has none that could be trusted, so it is the oldest that waits for its check. */
function decisionOf(book: AuditBook, jti: unknown, valid: boolean): AuditRecord | undefined {
  const unchecked = book.records.filter(({ signature }) => signature !== undefined && signature.valid === undefined);
  return valid ? unchecked.find(({ signature }) => signature?.jti === jti) : unchecked[0];
}
