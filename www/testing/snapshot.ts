import type { Snapshot } from "../protocol";

/** A snapshot of a run at its start, with these parts in place of nothing. */
export function fakeSnapshot(part: Partial<Snapshot> = {}): Snapshot {
  return {
    phase: "paused",
    step: 0,
    epoch: 0,
    images_per_second: null,
    seconds_left: null,
    metrics: [],
    points: [],
    summary: [],
    averages: [],
    marks: [],
    probed: [],
    probes: null,
    predictions: null,
    filters: null,
    classified: null,
    ...part,
  };
}
