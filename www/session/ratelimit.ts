/** The most submits per second of a run with a speed limit. */
const SUBMITS_PER_SECOND = 10;
/** A delay of up to this many milliseconds is made up for by the next steps. */
const CATCH_UP = 100;

/** Limits the speed of a run to a number of steps per second. */
export class RateLimit {
  #rate: number | null = null;
  #next = -Infinity;

  /** @param rate steps per second; null for full speed */
  set(rate: number | null): void {
    this.#rate = rate;
    this.#next = -Infinity;
  }

  /** The most steps in one submit. */
  get maxSteps(): number {
    return this.#rate === null ? Infinity : Math.max(1, Math.floor(this.#rate / SUBMITS_PER_SECOND));
  }

  /** Milliseconds until the next steps are due. */
  wait(now: number): number {
    return this.#rate === null ? 0 : Math.max(0, this.#next - now);
  }

  /** Records that `steps` steps are submitted now. */
  submitted(steps: number, now: number): void {
    if (this.#rate === null) return;
    const onTime = this.#next >= now - CATCH_UP;
    this.#next = (onTime ? this.#next : now) + (1000 * steps) / this.#rate;
  }
}
