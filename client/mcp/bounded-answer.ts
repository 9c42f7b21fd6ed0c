import { untrustedText, utf8Bytes } from '../../plan/investigation/untrusted-text';

/** Of one answer as JSON text: what a model can be expected to read. */
export const MAX_ANSWER_BYTES = 48 * 1024;
const MAX_TEXT_BYTES = 4096;
const MAX_ITEMS = 200;
const MAX_DEPTH = 16;

export interface BoundedAnswer {
  value: unknown;
  /** Something was left out: texts end with …, lists with how many more there are. */
  truncated: boolean;
}

/**
 * What a tool found, small enough for whoever asked. Texts of alerts, clusters and models lose their invisible characters,
 * with which a sentence can be hidden from the person who reads along; they stay values in a JSON document.
 */
export function boundedAnswer(value: unknown, maxBytes = MAX_ANSWER_BYTES): BoundedAnswer {
  for (let texts = MAX_TEXT_BYTES, items = MAX_ITEMS; ; texts = halved(texts, 64), items = halved(items, 1)) {
    const limits = { texts, items, cut: false };
    const kept = reduced(value, limits, 0);
    if (utf8Bytes(JSON.stringify(kept)) <= maxBytes) return { value: kept, truncated: limits.cut };
    // Objects are not cut but for their texts and lists; nothing that the tools give has so many fields.
    if (texts === 64 && items === 1) return { value: { tooLarge: true }, truncated: true };
  }
}

interface Limits {
  texts: number;
  items: number;
  cut: boolean;
}

function reduced(value: unknown, limits: Limits, depth: number): unknown {
  if (typeof value === 'string') {
    const text = untrustedText(value, limits.texts);
    if (text.endsWith('…') && !value.endsWith('…')) limits.cut = true;
    return text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) {
    limits.cut = true;
    return '…';
  }
  if (Array.isArray(value)) {
    const kept = value.slice(0, limits.items).map((item) => reduced(item, limits, depth + 1));
    if (kept.length === value.length) return kept;
    limits.cut = true;
    return [...kept, `… ${value.length - kept.length} more`];
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(
    fields.map(([key, field]) => [untrustedText(key, limits.texts), reduced(field, limits, depth + 1)]),
  );
}

function halved(value: number, least: number): number {
  return Math.max(least, Math.floor(value / 2));
}
