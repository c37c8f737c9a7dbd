/** What the story shows of the recorded run before the reader has one: cut out of the recording when the page is built. */
import { readFileSync } from "node:fs";

import type { Plugin } from "vite";

import { storyWeight } from "../www/followed";
import { sameWeight } from "../www/history/probes";
import type { Recording } from "../www/replay/format";
import type { Excerpt } from "../www/history/recorded";

const NAME = "virtual:recorded-run";
const RECORDING = "www/replay/recorded.json";
/** Levels between the weight's lowest and highest value: several for each pixel of a screen. */
const LEVELS = 4000;

/** The path of one weight, in levels and as differences, which compress well, and the accuracies of all tests. */
export function excerptOf({ description, experiment, points, probes }: Recording): Excerpt {
  const methods = description.methods.length;
  const weight = storyWeight(description);
  const probe = probes.probes.findIndex((one) => sameWeight(one, weight));
  if (probe < 0) throw new Error(`${RECORDING} does not follow weight ${weight.index} of the first layer`);
  const steps = Array.from({ length: description.total_steps }, (_, k) => k);
  const path = steps.map((step) => probes.values[(step * probes.probes.length + probe) * methods] ?? NaN);
  const [low, high] = [Math.min(...path), Math.max(...path)];
  const levels = path.map((value) => Math.round(((value - low) / (high - low)) * LEVELS));
  return {
    dataset: { train: description.dataset.train, test: description.dataset.test },
    classes: description.dataset.classes.length,
    parameters: description.parameters,
    batch: Number(experiment.batch),
    averages: description.methods.slice(1).map(({ average }) => String(average)),
    weight: {
      low,
      unit: (high - low) / LEVELS,
      changes: levels.map((level, k) => level - (levels[k - 1] ?? 0)),
    },
    tests: points.map(({ step, methods }) => ({
      step,
      accuracies: methods.map(({ accuracy }) => Number(accuracy.toFixed(2))),
    })),
  };
}

/** Makes the excerpt a module of the page. */
export function recordedRun(): Plugin {
  return {
    name: "emascope:recorded-run",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      this.addWatchFile(RECORDING);
      const recording = JSON.parse(readFileSync(RECORDING, "utf8")) as Recording;
      return `export default ${JSON.stringify(JSON.stringify(excerptOf(recording)))};`;
    },
  };
}
