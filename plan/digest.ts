import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { configure } from 'safe-stable-stringify';
import type { Json } from './json';

/** Keys sorted, so that two documents that mean the same have one digest; what is no JSON is refused rather than skipped. */
const stringify = configure({ deterministic: true, strict: true, circularValue: Error });

const PREFIX = 'sha256:';
/** Shorter prefixes are refused: whoever approves must have looked at this very preview. 12 hex digits are 48 bits. */
const MIN_HEX_DIGITS = 12;

/** `sha256:<64 hex digits>` of the value, whatever the order of its keys. Equal in workflows, activities and the client. */
export function digestOf(value: Json): string {
  return PREFIX + bytesToHex(sha256(utf8ToBytes(stringify(value))));
}

/**
 * Whether `given` names `digest`: the whole of it or its first 12 hex digits or more, with or without `sha256:`, in either
 * case. False for anything else, empty text included.
 */
export function matchesDigest(digest: string, given: string): boolean {
  const wanted = hexOf(digest);
  const hex = hexOf(given);
  return /^[0-9a-f]+$/.test(hex) && hex.length >= MIN_HEX_DIGITS && wanted.startsWith(hex);
}

/** The first 12 hex digits: what people are shown and type. */
export function shortDigest(digest: string): string {
  return hexOf(digest).slice(0, MIN_HEX_DIGITS);
}

function hexOf(digest: string): string {
  const text = digest.trim().toLowerCase();
  return text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
}
