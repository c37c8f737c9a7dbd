/** The kept runs as files; unrounded, names in English. */

import { csvOf } from "../csv";
import { sameValue } from "../controls/values";
import type { Experiment } from "../engine";
import { figuresOf } from "./figures";
import type { KeptRun } from "./run";

/** One line a run. */
export function runsAsCsv(runs: readonly KeptRun[], defaults: Experiment): string {
  return csvOf(
    runs.map((run) => {
      const { raw, best, lead } = figuresOf(run);
      const { experiment, dataset, adapter } = run;
      const differs = Object.entries(experiment).filter(([key, value]) => !sameValue(value, defaults[key]));
      return {
        run: run.number,
        name: run.name,
        began: new Date(run.began).toISOString(),
        data: dataset.name,
        train_images: dataset.train,
        test_images: dataset.test,
        network: run.network,
        parameters: run.parameters,
        seed: experiment.seed,
        steps: run.step,
        planned_steps: run.totalSteps,
        raw_accuracy: raw.final,
        raw_mean_accuracy: raw.mean,
        raw_fluctuation: raw.fluctuation,
        best_average: best === undefined ? "" : run.methods[best.method]?.average,
        best_memory_steps: best?.memory,
        best_accuracy: best?.final,
        best_mean_accuracy: best?.mean,
        best_fluctuation: best?.fluctuation,
        ahead_points: lead?.by,
        ahead_two_standard_errors: lead?.error,
        seconds: run.seconds,
        adapter: adapter.name,
        software: adapter.software,
        diverged: run.diverged,
        settings_not_default: JSON.stringify(Object.fromEntries(differs)),
        done_in_mid_run: run.marks.length === 0 ? "" : JSON.stringify(run.marks),
      };
    }),
  );
}

/** Everything that is kept of each run, its curves included. */
export function runsAsJson(runs: readonly KeptRun[]): string {
  const units = { accuracy: "percent", errors: "percentage points", seconds: "seconds" };
  return `${JSON.stringify({ units, runs }, null, 1)}\n`;
}
