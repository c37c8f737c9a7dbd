/** Checks that are made a few times as a test, and as often as `cargo xtask endure` asks for by it. */
import { expect } from "vitest";

/** How often to make a check that is made `short` times as a test. */
export function rounds(short: number): number {
  const asked = process.env.EMASCOPE_ENDURE;
  if (asked === undefined) return short;
  const count = Number(asked);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`EMASCOPE_ENDURE is ${asked}, not a number`);
  return count;
}

/** Longer than any check takes, in milliseconds; each check limits its own rounds. */
export const FOR_HOURS = 24 * 3_600_000;

/** The results of a check so far. */
export class Tally {
  readonly #part: string;
  readonly #rounds: number;
  readonly #began = Date.now();
  readonly #failures: string[] = [];
  /** Most memory that was measured, in bytes. */
  peak: number | null = null;
  /** Other counts of the check. */
  note = "";

  constructor(part: string, rounds: number) {
    this.#part = part;
    this.#rounds = rounds;
  }

  /** Prints the progress of a long check, twenty times. */
  progress(round: number): void {
    const every = Math.ceil(this.#rounds / 20);
    if (process.env.EMASCOPE_ENDURE === undefined || round === 0 || round % every !== 0) return;
    const seconds = Math.round((Date.now() - this.#began) / 1000);
    process.stdout.write(`${this.#part}: ${round} of ${this.#rounds} after ${seconds} s\n`);
  }

  /** Keeps a failure and goes on. */
  failed(what: string): void {
    process.stdout.write(`${this.#part}: ${what}\n`);
    this.#failures.push(what);
  }

  /** Measured memory, of which the most is kept. */
  holds(bytes: number): void {
    this.peak = Math.max(this.peak ?? 0, bytes);
  }

  /** Prints the figures, in the line that `cargo xtask endure` reads, and fails if anything did. */
  finish(): void {
    const figures = {
      part: this.#part,
      rounds: this.#rounds,
      failures: this.#failures.length,
      peak: this.peak,
      seconds: (Date.now() - this.#began) / 1000,
      note: this.note,
    };
    process.stdout.write(`endure: ${JSON.stringify(figures)}\n`);
    expect(this.#failures.slice(0, 5)).toEqual([]);
  }
}
