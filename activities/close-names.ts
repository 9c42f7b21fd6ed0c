/** Candidates close enough to `name` to be what the writer meant, closest first: for "did you mean …?". At most `limit`. */
export function closeNames(name: string, candidates: Iterable<string>, limit = 3): string[] {
  const wanted = name.toLowerCase();
  return [...candidates]
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** Words in another order (`deployment_scale`) or with another separator (`scale-deployment`) count as close as one typo. */
function distanceTo(wanted: string, candidate: string): number {
  return sortWords(wanted) === sortWords(candidate) ? 1 : editDistance(wanted, candidate);
}

const sortWords = (name: string) =>
  name
    .split(/[^a-z0-9]+/)
    .sort()
    .join(' ');

/** Levenshtein distance. Names are at most 63 characters, so the plain quadratic form is fast enough. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
