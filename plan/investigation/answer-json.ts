import { KubernautError } from '../errors';
import type { Json } from '../json';
import { utf8Bytes } from './untrusted-text';

/** An answer beyond this is not read at all. */
export const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_DEPTH = 24;
const MAX_NODES = 20_000;
// Each in one pass over the text: bounded repetitions, and no looking ahead for the other.
const FENCE_OPENS = /```[ \t]{0,8}([A-Za-z0-9]{0,20})[ \t]{0,8}\r?\n/g;
const FENCE_CLOSES = /\n[ \t]{0,80}```/g;

/**
 * The JSON in a model's text: the whole text, or the one code fence in it. Nothing is repaired and nothing guessed: where two
 * fences could both be meant, one of them may be a quotation from a log that somebody planted.
 *
 * @param what names the text in errors: `the answer`
 * @throws KubernautError HOLMES_NONSENSE: prose, two fences, not JSON, too large, too deep, or keys that reach for prototypes
 */
export function jsonInAnswer(text: string, what: string): Json {
  if (text.length > MAX_ANSWER_BYTES || utf8Bytes(text) > MAX_ANSWER_BYTES) {
    throw nonsense(`${what} is larger than ${MAX_ANSWER_BYTES / 1024} KiB`);
  }
  const whole = tryParse(text);
  if (whole !== undefined && typeof whole === 'object') return checked(whole, what);
  const fences = codeBlocks(text).filter(({ language }) => /^(json)?$/i.test(language));
  if (fences.length > 1) throw nonsense(`${what} holds ${fences.length} code blocks; which one is meant is not said`);
  const [fence] = fences;
  if (fence === undefined) throw nonsense(`${what} is prose, not the JSON that was asked for`);
  const inside = tryParse(fence.content);
  if (inside === undefined) throw nonsense(`${what} holds a code block that is not JSON`);
  return checked(inside, what);
}

/** One that is opened and never closed is none. The time it takes grows with the text, not with its square. */
function codeBlocks(text: string): Array<{ language: string; content: string }> {
  const found: Array<{ language: string; content: string }> = [];
  for (let from = 0; ;) {
    FENCE_OPENS.lastIndex = from;
    const opening = FENCE_OPENS.exec(text);
    if (opening === null) return found;
    const start = FENCE_OPENS.lastIndex;
    FENCE_CLOSES.lastIndex = start;
    const closing = FENCE_CLOSES.exec(text);
    if (closing === null) return found;
    found.push({ language: opening[1]!, content: text.slice(start, closing.index) });
    from = FENCE_CLOSES.lastIndex;
  }
}

export function nonsense(message: string): KubernautError {
  return new KubernautError('HOLMES_NONSENSE', message);
}

function tryParse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function checked(value: Json, what: string): Json {
  let nodes = 0;
  const walk = (node: Json, depth: number): void => {
    if (++nodes > MAX_NODES) throw nonsense(`${what} holds more than ${MAX_NODES} values`);
    if (node === null || typeof node !== 'object') return;
    if (depth > MAX_DEPTH) throw nonsense(`${what} is nested more than ${MAX_DEPTH} deep`);
    for (const [key, item] of Object.entries(node)) {
      if (key === '__proto__' || key === 'constructor' || key === 'prototype') {
        throw nonsense(`${what} has a field called ${key}`);
      }
      walk(item, depth + 1);
    }
  };
  walk(value, 0);
  return value;
}
