/** A chart that can show the place at which another chart is read. */
export interface Follower {
  follow(place: number | null): void;
}

/** Connects charts with the same x axis, which are read at the same place. */
export class Crosshair {
  readonly #charts = new Set<Follower>();

  add(chart: Follower): void {
    this.#charts.add(chart);
  }

  /** The chart `from` is read at `place`, or at null no longer. */
  point(from: Follower, place: number | null): void {
    for (const chart of this.#charts) if (chart !== from) chart.follow(place);
  }
}
