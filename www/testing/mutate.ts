/** Mutations of a text, as bad disks, programs and people cause them; each follows from a seed. */

/** Numbers as texts: beyond what a type holds, below zero, no numbers. */
const NUMBERS = [
  "0",
  "-1",
  "1",
  "64.0",
  "-0",
  "1e999",
  "1e-999",
  "nan",
  "NaN",
  "Infinity",
  "4294967296",
  "9007199254740993",
];

/** A text does not grow beyond this. */
const LONGEST = 1 << 20;

/** A stream of random whole numbers: the same for the same seed (the generator mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1);
  }

  /** A number below `bound`, which is at least 1. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 4294967296) * bound);
  }

  /** One of these. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** Changes a text in one to six ways. `words` are what texts of its kind are made of; `other` is another one. */
export function mutate(random: Random, text: string, words: readonly string[], other: string): string {
  let changed = text;
  for (let k = random.below(6); k >= 0; k--) {
    changed = mutateOnce(random, changed, words, other).slice(0, LONGEST);
  }
  return changed;
}

function mutateOnce(random: Random, text: string, words: readonly string[], other: string): string {
  const start = random.below(text.length + 1);
  const end = Math.min(text.length, start + random.below(random.below(4) === 0 ? text.length + 1 : 16));
  const [before, piece, after] = [text.slice(0, start), text.slice(start, end), text.slice(end)];
  switch (random.below(9)) {
    case 0:
      return before;
    case 1:
      return before + after;
    case 2:
      return before + piece.repeat(1 + random.below(16)) + after;
    case 3:
      return before + String.fromCharCode(random.below(random.below(2) === 0 ? 128 : 0xd800)) + after;
    case 4:
      return before + random.of(words) + after;
    case 5: {
      const from = random.below(other.length + 1);
      return before + other.slice(from, from + random.below(64)) + after;
    }
    case 6:
      return after + piece + before;
    default: {
      // Another number in the place of one.
      const number = /-?\d+/u.exec(text.slice(start));
      if (number === null) return text;
      const at = start + number.index;
      return text.slice(0, at) + random.of(NUMBERS) + text.slice(at + number[0].length);
    }
  }
}
