/** Submits a second of a run that is held back, at most. */
const SUBMITS_PER_SECOND = 10;
/** Milliseconds by which a late step may hurry the next ones. */
const CATCH_UP = 100;

/** Holds a run back to so many steps a second. */
export class RateLimit {
  #rate: number | null = null;
  #next = -Infinity;

  /** @param rate steps a second; null for full speed */
  set(rate: number | null): void {
    this.#rate = rate;
    this.#next = -Infinity;
  }

  get limited(): boolean {
    return this.#rate !== null;
  }

  /** Steps one submit may hold. */
  get maxSteps(): number {
    return this.#rate === null ? Infinity : Math.max(1, Math.floor(this.#rate / SUBMITS_PER_SECOND));
  }

  /** Milliseconds until the next steps are due. */
  wait(now: number): number {
    return this.#rate === null ? 0 : Math.max(0, this.#next - now);
  }

  /** So many steps go out now. */
  submitted(steps: number, now: number): void {
    if (this.#rate === null) return;
    const onTime = this.#next >= now - CATCH_UP;
    this.#next = (onTime ? this.#next : now) + (1000 * steps) / this.#rate;
  }
}
