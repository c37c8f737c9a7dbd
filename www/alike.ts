/**
 * The name of a list that is spelled most like this one.
 * @param farthest part of the letters that may be other ones
 */
export function mostAlike(name: string, known: readonly string[], farthest = 1): string | undefined {
  const scores = known.map((candidate) => ({
    candidate,
    score: distance(name.toLowerCase(), candidate.toLowerCase()) / Math.max(name.length, candidate.length, 1),
  }));
  const near = scores.filter(({ score }) => score <= farthest);
  return near.sort((a, b) => a.score - b.score)[0]?.candidate;
}

/** Letters to be added, left out or replaced until one word is the other (Levenshtein 1966). */
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
