/** A chart that can show where another is being read. */
export interface Follower {
  follow(place: number | null): void;
}

/** Charts over the same places, read at one place together. */
export class Crosshair {
  readonly #charts = new Set<Follower>();

  add(chart: Follower): void {
    this.#charts.add(chart);
  }

  /** The chart `from` is read at `place`, or no more. */
  point(from: Follower, place: number | null): void {
    for (const chart of this.#charts) if (chart !== from) chart.follow(place);
  }
}
