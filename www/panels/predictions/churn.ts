import type { Predictions } from "../../engine";

/** The class that a method predicts for an image. */
export function classOf({ classes, images }: Predictions, method: number, image: number): number | undefined {
  return classes[method * images + image];
}

/**
 * The number of images whose predicted class changed since the previous evaluation, per method; null for a new method.
 */
export function flips(before: Predictions, now: Predictions): (number | null)[] {
  return Array.from({ length: now.methods }, (_, method) => {
    if (method >= before.methods || before.images !== now.images) return null;
    return count(now.images, (image) => classOf(before, method, image) !== classOf(now, method, image));
  });
}

/** The images for which the method predicts another class than the raw weights. */
export function disagreements(predictions: Predictions, method: number): number[] {
  const { images } = predictions;
  return Array.from({ length: images }, (_, image) => image).filter(
    (image) => classOf(predictions, 0, image) !== classOf(predictions, method, image),
  );
}

/** The mean of the later half of the values, including the middle one; null if there are none. */
export function laterMean(values: readonly number[]): number | null {
  const later = values.slice(Math.floor(values.length / 2));
  return later.length === 0 ? null : later.reduce((sum, value) => sum + value, 0) / later.length;
}

/** The flips of a run at each evaluation. */
export class FlipCounter {
  #now: Predictions | undefined;
  #latest: (number | null)[] = [];
  /** For each method. */
  #history: number[][] = [];

  /**
   * Adds the latest evaluation, compared with the one before it. Returns whether it is new.
   * @param even whether the two are a regular interval apart; only those count in the mean
   */
  add(now: Predictions | undefined, before: Predictions | undefined, even = true): boolean {
    if (now === this.#now) return false;
    // The run went back or is another one: starts again.
    if (now === undefined || before === undefined || (this.#now !== undefined && now.step <= this.#now.step))
      this.#history = [];
    this.#now = now;
    this.#latest = now === undefined || before === undefined ? [] : flips(before, now);
    this.#latest.forEach((flipped, method) => {
      this.#history[method] ??= [];
      if (flipped !== null && even) this.#history[method].push(flipped);
    });
    return true;
  }

  latest(method: number): number | null {
    return this.#latest[method] ?? null;
  }

  mean(method: number): number | null {
    return laterMean(this.#history[method] ?? []);
  }
}

function count(length: number, holds: (index: number) => boolean): number {
  let sum = 0;
  for (let index = 0; index < length; index++) if (holds(index)) sum++;
  return sum;
}
