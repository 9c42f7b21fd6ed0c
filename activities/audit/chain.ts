import { createHash } from 'node:crypto';
import type { CryptoKey } from 'jose';
import type { ChainEnd } from '../../plan/audit/export';
import { canonicalJson } from './canonical-json';

export type { ChainEnd } from '../../plan/audit/export';

/** Checks seals. */
export interface VerifyingKey {
  publicKey: CryptoKey;
  /** RFC 7638 thumbprint of the public key: the `kid` of seals. */
  id: string;
}

/** Makes seals, and checks them. */
export interface SigningKey extends VerifyingKey {
  key: CryptoKey;
}

/** Of the first line of a chain: there is nothing before it. */
export const GENESIS = `sha256:${'0'.repeat(64)}`;

/** What a line of an export holds, besides its number and the hash of the line before it. */
export type ChainContent =
  /** Begins a segment: what was exported, and when. */
  | { type: 'segment'; version: 1; segment: number; createdAt: string; source: string }
  | { type: 'record'; workflowId: string; record: object }
  /** The run has ended and all of its records stand above, so many of them. */
  | { type: 'run'; workflowId: string; runId: string; records: number }
  /** Ends a segment: a compact JWS (EdDSA) over {@link SealPayload}. */
  | { type: 'seal'; jws: string };

/** `seq` counts from 1 over all segments of a chain; `prev` is the sha256 of the whole line before, as written. */
export type ChainLine = ChainContent & { seq: number; prev: string };

/** What the signature of a segment covers; with the chain, every line of it and of all segments before. */
export interface SealPayload {
  segment: number;
  /** Numbers of its first line and of the last one before the seal. */
  first: number;
  last: number;
  /** `prev` of its first line, and the hash of the last one before the seal. */
  prev: string;
  head: string;
}

export const SEAL_TYPE = 'kubernaut-audit-seal';

export const emptyChain: ChainEnd = { seq: 0, head: GENESIS, segment: 0 };

export function lineText(line: ChainLine): string {
  return canonicalJson(line)!;
}

export function hashOfLine(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
