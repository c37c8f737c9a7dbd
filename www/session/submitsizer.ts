/**
 * Chooses the number of steps in a submit from measured times.
 *
 * A submit should be long enough to hide its own overhead, and short enough for a pause to take effect at once and for
 * other programs to get the GPU in between.
 */
export class SubmitSizer {
  #steps = 1;
  /** The smoothed time of one step; null before the first measurement. */
  #millisecondsPerStep: number | null = null;
  #measured = 0;
  readonly #target: number;

  /** @param target the time that one submit should take, in milliseconds */
  constructor(target: number) {
    this.#target = target;
  }

  /** The number of steps of the next submit. */
  get steps(): number {
    return this.#steps;
  }

  /** Records a finished submit: its steps, and the time that the GPU spent on it alone. */
  record(steps: number, milliseconds: number): void {
    this.#measured += 1;
    // The first submit includes the compilation of pipelines.
    if (this.#measured === 1) return;
    const sample = Math.max(milliseconds, 0.01) / steps;
    const before = this.#millisecondsPerStep;
    this.#millisecondsPerStep = before === null ? sample : before + 0.25 * (sample - before);
    const wanted = Math.floor(this.#target / this.#millisecondsPerStep);
    // At most doubling: one short measurement must not lead to a submit that freezes the machine.
    this.#steps = Math.max(1, Math.min(wanted, this.#steps * 2, 256));
  }
}
