import { createHash } from 'node:crypto';

/**
 * The operation id as receivers take it to recognize a repetition (`Idempotency-Key`, `dedup_key`): itself where it is plain
 * ASCII of at most `max` characters, else its hash. The same for every attempt.
 */
export function operationKey(operationId: string, max = 200): string {
  return /^[\x21-\x7e]+$/.test(operationId) && operationId.length <= max ? operationId : operationHash(operationId);
}

export function operationHash(operationId: string): string {
  return createHash('sha256').update(operationId).digest('hex').slice(0, 40);
}
