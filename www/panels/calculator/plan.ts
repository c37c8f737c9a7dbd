import { type Decay, type Warmup, decayHalfLife, kept, warmups, withWarmup } from "../../averages/decay";
import { independent } from "../../averages/noise";
import { type Recommendation, horizon, judge, reaches, recommend, rescale } from "./formulas";

/** What the practitioner knows of a run. */
export interface Inputs {
  /** An average that is known to suit, */
  decay: Decay;
  /** at this batch size. */
  oldBatch: number;
  /** The batch size of the run that is planned. */
  batch: number;
  images: number;
  /** Null: as many as whole batches fit into the images. */
  stepsPerEpoch: number | null;
  epochs: number;
}

/** Of one warm-up, or of an average that needs none: what is left of the start at the end of the run. */
export interface Beginning {
  warmup: Warmup;
  /** Share of w_0. */
  initial: number;
  /** Share of everything up to the end of the run's first tenth, w_0 among it. */
  firstTenth: number;
  /** The first step at which β is in force, where it is constant. */
  reaches: number | undefined;
}

export interface Plan {
  kappa: number;
  decay: Decay;
  stepsPerEpoch: number;
  steps: number;
  /** At the end of the run, like the horizon. */
  halfLife: number;
  horizon: number;
  /** Standard deviation of the average over that of weights with independent noise. */
  noise: number;
  verdict: ReturnType<typeof judge>;
  /** Nothing where the average has no number. */
  recommended: Recommendation | undefined;
  beginnings: Beginning[];
  /** Steps until a thousandth of w_0 is left without a warm-up, where β is constant. */
  forgets: number | undefined;
}

/** Share of w_0 at the end from which a warm-up is advised. */
export const FORGOTTEN = 0.001;

export function plan({ decay, oldBatch, batch, images, stepsPerEpoch, epochs }: Inputs): Plan {
  const perEpoch = stepsPerEpoch ?? Math.max(1, Math.floor(images / batch));
  const steps = Math.max(1, Math.round(epochs * perEpoch));
  const kappa = batch / oldBatch;
  const scaled = rescale(decay, kappa);
  const looksBack = horizon(scaled, steps);
  const beginning = (warmup: Warmup, decay: Decay): Beginning => ({
    warmup,
    initial: kept(decay, 0, steps),
    firstTenth: kept(decay, Math.round(steps / 10), steps),
    reaches: reaches(decay),
  });
  const warmed = warmups.flatMap((warmup) => {
    const decay = withWarmup(scaled, warmup);
    return decay === undefined ? [] : [beginning(warmup, decay)];
  });
  return {
    kappa,
    decay: scaled,
    stepsPerEpoch: perEpoch,
    steps,
    halfLife: decayHalfLife(scaled, steps),
    horizon: looksBack,
    noise: Math.sqrt(independent(scaled, steps)),
    verdict: judge(looksBack, steps),
    recommended: recommend(scaled.kind, steps),
    beginnings: warmed.length > 0 ? warmed : [beginning("none", scaled)],
    forgets: forgets(scaled),
  };
}

function forgets(decay: Decay): number | undefined {
  if (decay.kind !== "constant") return undefined;
  return decay.beta === 0 ? 1 : Math.ceil(Math.log(FORGOTTEN) / Math.log(decay.beta));
}
