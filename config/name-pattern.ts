import { z } from 'zod';

/** A name in which `*` stands for any number of characters: `prod-*`, `delete_*`, `*`. */
export const namePatternSchema = z
  .string()
  .regex(/^[A-Za-z0-9*]([-A-Za-z0-9_.*]{0,251}[A-Za-z0-9*])?$/, 'must be a name, in which * stands for any characters');

/** Whether the whole of `name` fits one of the patterns. */
export function matchesName(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => fits(pattern.split('*'), name));
}

/** Between the literal parts lies anything: each is looked for after the one before, so there is no backtracking to abuse. */
function fits([first = '', ...others]: readonly string[], name: string): boolean {
  const last = others.at(-1);
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of others.slice(0, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
