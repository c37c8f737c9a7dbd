/**
 * The known name whose spelling is nearest to this one.
 * @param farthest the largest share of letters that may differ
 */
export function mostAlike(name: string, known: readonly string[], farthest = 1): string | undefined {
  const scores = known.map((candidate) => ({
    candidate,
    score: distance(name.toLowerCase(), candidate.toLowerCase()) / Math.max(name.length, candidate.length, 1),
  }));
  const near = scores.filter(({ score }) => score <= farthest);
  return near.sort((a, b) => a.score - b.score)[0]?.candidate;
}

/** The number of letters to add, remove or replace to turn one word into the other (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
