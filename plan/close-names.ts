/** Those of `candidates` that somebody who wrote `name` may have meant, closest first, at most three. */
export function closeNames(name: string, candidates: Iterable<string>): string[] {
  const wanted = name.slice(0, 100).toLowerCase();
  return [...candidates]
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(wanted.length < 4 ? 1 : 2, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** `Did you mean a or b?`, or the fallback when nothing comes close. */
export function didYouMean(name: string, candidates: Iterable<string>, otherwise: string): string {
  const close = closeNames(name, candidates);
  return close.length > 0 ? `Did you mean ${close.join(' or ')}?` : otherwise;
}

/** Levenshtein distance; names are short, so the quadratic form is fast enough. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
