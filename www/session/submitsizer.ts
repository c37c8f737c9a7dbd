/**
 * Sizes submits by measurement.
 *
 * A submit should be long enough to hide the cost of making it and short enough that pause answers at once and the
 * machine's other windows get the GPU between two of them.
 */
export class SubmitSizer {
  #steps = 1;
  #millisecondsPerStep: number | null = null;
  #measured = 0;
  readonly #target: number;

  /** @param target milliseconds one submit should take */
  constructor(target: number) {
    this.#target = target;
  }

  /** Steps the next submit should hold. */
  get steps(): number {
    return this.#steps;
  }

  /** Smoothed time of one step, or null before there is a measurement. */
  get millisecondsPerStep(): number | null {
    return this.#millisecondsPerStep;
  }

  /** Learns from a finished submit: how many steps it held, and how long the GPU worked on it alone. */
  record(steps: number, milliseconds: number): void {
    this.#measured += 1;
    // The first submit also compiles pipelines.
    if (this.#measured === 1) return;
    const sample = Math.max(milliseconds, 0.01) / steps;
    const before = this.#millisecondsPerStep;
    this.#millisecondsPerStep = before === null ? sample : before + 0.25 * (sample - before);
    const wanted = Math.floor(this.#target / this.#millisecondsPerStep);
    // Growing gently: one lucky measurement must not make a submit that freezes the machine.
    this.#steps = Math.max(1, Math.min(wanted, this.#steps * 2, 256));
  }
}
