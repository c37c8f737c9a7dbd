import type { EngineError, Experiment, Survey } from "../../engine";
import { megaflops as ofSurvey } from "../flops";

/** A network, and what was measured of it so far. */
export interface Measured {
  experiment: Experiment;
  /** Tells its answers from others. */
  tag: string;
  survey?: Survey;
  /** Images a second, or why it could not be measured. */
  speed?: number | EngineError;
}

/** The networks to measure under the settings of a run: these presets, and the run's own if it is none of them. */
export function experiments(run: Experiment, presets: readonly string[]): Measured[] {
  const ofPresets = presets.map((preset) => ({ ...run, preset, model: null }));
  const own = run.model == null ? [] : [run];
  return [...ofPresets, ...own].map((experiment, k) => ({ experiment, tag: `speed ${String(k)}` }));
}

/** Million operations of a training step for each image. */
export function megaflops({ survey }: Measured): number {
  return survey === undefined ? NaN : ofSurvey(survey);
}

/** Billion operations a second. */
export function gigaflops(measured: Measured): number {
  return typeof measured.speed === "number" ? (megaflops(measured) * measured.speed) / 1e3 : NaN;
}
