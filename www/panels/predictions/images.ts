import type { TestImages } from "../../engine";

/** Bytes of an image of 32×32 RGBA pixels. */
export const SIDE = 32;
const BYTES = 4 * SIDE * SIDE;

export interface TestImage {
  pixels: Uint8ClampedArray<ArrayBuffer>;
  label: number;
}

/** The test images fetched so far. */
export class ImageCache {
  readonly #images = new Map<number, TestImage | null>();
  /** Pending requests. */
  #asked: number[][] = [];

  /** The images among these that have not been requested yet; marks them as requested. */
  missing(indices: readonly number[]): number[] {
    const asked = new Set(this.#asked.flat());
    const missing = indices.filter((index) => !this.#images.has(index) && !asked.has(index));
    if (missing.length > 0) this.#asked.push(missing);
    return missing;
  }

  take({ indices, pixels, labels }: TestImages): void {
    indices.forEach((index, place) => {
      const label = labels[place];
      if (label === undefined) return;
      this.#images.set(index, { pixels: pixels.slice(place * BYTES, (place + 1) * BYTES), label });
    });
    // Requests left unanswered have no image: a recorded run has only some.
    const question = this.#asked.find((asked) => indices.every((index) => asked.includes(index)));
    this.#asked = this.#asked.filter((asked) => asked !== question);
    for (const index of question ?? []) if (!this.#images.has(index)) this.#images.set(index, null);
  }

  /** Null if there is no such image; undefined while it is pending. */
  get(index: number): TestImage | null | undefined {
    return this.#images.get(index);
  }

  clear(): void {
    this.#images.clear();
    this.#asked = [];
  }
}
