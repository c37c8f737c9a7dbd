/** The recorded run that the story shows before Start, as `serving/excerpt.ts` cuts it out of the recording. */
export interface Excerpt {
  dataset: { train: number; test: number };
  classes: number;
  parameters: number;
  batch: number;
  /** As the setting `ema` spells them. */
  averages: string[];
  /** One weight after each step: `low` + `unit` × the sum of the changes so far. */
  weight: { low: number; unit: number; changes: number[] };
  /** The accuracies in percent: of the raw weights, then of the averages. */
  tests: { step: number; accuracies: number[] }[];
}

/** The weight after steps 1, 2, …. */
export function weightOf({ weight: { low, unit, changes } }: Excerpt): Float64Array {
  let level = 0;
  return Float64Array.from(changes, (change) => low + unit * (level += change));
}
