import { uniform } from "./random";

/** `count` different numbers below `size`, in rising order; the same ones for the same seed. */
export function pick(size: number, count: number, seed: number): number[] {
  const picked = new Set<number>();
  const next = uniform(seed);
  while (picked.size < Math.min(size, count)) picked.add(Math.floor(next() * size));
  return [...picked].sort((a, b) => a - b);
}

/** The coordinates of a flat index, as PyTorch counts: the last one runs fastest. */
export function coordinates(index: number, shape: readonly number[]): number[] {
  return shape
    .reduceRight<number[]>((found, length) => {
      const rest = found.length === 0 ? index : (found.shift() ?? 0);
      return [Math.floor(rest / length), rest % length, ...found];
    }, [])
    .slice(1);
}
