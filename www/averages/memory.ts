/** The memory of an average with a constant β: the number of steps that it remembers, m = 1 / (1 − β). */

/** The memory that the page shows at first. */
export const USUAL = 50;

export function betaOf(memory: number): number {
  return 1 - 1 / memory;
}

export function memoryOf(beta: number): number {
  return 1 / (1 - beta);
}

/** The nearest of some memories on a logarithmic scale; undefined if there is none. */
export function nearestMemory(memory: number, among: readonly number[]): number | undefined {
  const apart = (one: number): number => Math.abs(Math.log(one / memory));
  return among.reduce<number | undefined>(
    (best, one) => (best === undefined || apart(one) < apart(best) ? one : best),
    undefined,
  );
}
