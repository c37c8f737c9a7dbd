import { type Warmup, decayHalfLife, warmups } from "../../averages/decay";
import { reduction } from "../../averages/noise";
import { type Recommendation, horizon, judge, kept, reaches, recommend, rescale } from "./formulas";

/** What the practitioner knows of a run. */
export interface Inputs {
  /** A β that is known to suit, */
  beta: number;
  /** at this batch size. */
  oldBatch: number;
  /** The batch size of the run that is planned. */
  batch: number;
  images: number;
  /** Null: as many as whole batches fit into the images. */
  stepsPerEpoch: number | null;
  epochs: number;
}

/** Of one warm-up: what is left of the start at the end of the run. */
export interface Beginning {
  warmup: Warmup;
  /** Share of w_0. */
  initial: number;
  /** Share of everything up to the end of the run's first tenth, w_0 among it. */
  firstTenth: number;
  /** The first step at which β is in force. */
  reaches: number;
}

export interface Plan {
  kappa: number;
  beta: number;
  stepsPerEpoch: number;
  steps: number;
  halfLife: number;
  horizon: number;
  /** Standard deviation of the average over that of weights with independent noise. */
  noise: number;
  verdict: ReturnType<typeof judge>;
  recommended: Recommendation;
  beginnings: Beginning[];
  /** Steps until a thousandth of w_0 is left without a warm-up. */
  forgets: number;
}

/** Share of w_0 at the end from which a warm-up is advised. */
export const FORGOTTEN = 0.001;

export function plan({ beta, oldBatch, batch, images, stepsPerEpoch, epochs }: Inputs): Plan {
  const perEpoch = stepsPerEpoch ?? Math.max(1, Math.floor(images / batch));
  const steps = Math.max(1, Math.round(epochs * perEpoch));
  const kappa = batch / oldBatch;
  const scaled = rescale(beta, kappa);
  return {
    kappa,
    beta: scaled,
    stepsPerEpoch: perEpoch,
    steps,
    halfLife: decayHalfLife({ kind: "constant", beta: scaled, warmup: "none" }, 1),
    horizon: horizon(scaled),
    noise: Math.sqrt(reduction(scaled, 0)),
    verdict: judge(scaled, steps),
    recommended: recommend(steps),
    beginnings: warmups.map((warmup) => ({
      warmup,
      initial: kept(scaled, 0, steps, warmup),
      firstTenth: kept(scaled, Math.round(steps / 10), steps, warmup),
      reaches: reaches(scaled, warmup),
    })),
    forgets: scaled === 0 ? 1 : Math.ceil(Math.log(FORGOTTEN) / Math.log(scaled)),
  };
}
