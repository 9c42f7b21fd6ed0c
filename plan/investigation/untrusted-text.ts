/**
 * Invisible or direction-changing characters: in a sentence that a person reads before approving they can make it read
 * differently from what it is. Control characters (but tab and line end), format characters (bidirectional, zero-width, tags,
 * which carry whole hidden sentences), and all that Unicode says may be drawn as nothing.
 */
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

const HALF_PAIR = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Text of a model as a person may read it: no invisible characters, no half surrogates, at most `maxBytes` of UTF-8. */
export function untrustedText(text: string, maxBytes: number): string {
  // Cut before it is searched: a text of megabytes must not cost time. No character takes less than a byte.
  const clean = text
    .slice(0, maxBytes * 2)
    .replace(HALF_PAIR, '')
    .replace(INVISIBLE, '')
    .trim();
  if (utf8Bytes(clean) <= maxBytes && text.length <= maxBytes * 2) return clean;
  let kept = '';
  let bytes = 3; // of the ellipsis
  for (const character of clean) {
    bytes += utf8Bytes(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return `${kept}…`;
}

/** One line of it. */
export function untrustedLine(text: string, maxBytes: number): string {
  return untrustedText(text.slice(0, maxBytes * 2).replace(/\s+/g, ' '), maxBytes);
}

/** Whether somebody hid something in it. */
export function hasInvisible(text: string): boolean {
  return text.search(INVISIBLE) >= 0;
}

/** Works in a workflow's sandbox too, which has no Buffer. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    // Half of a surrogate pair: the pair takes four.
    else if (unit >= 0xd800 && unit < 0xe000) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}
