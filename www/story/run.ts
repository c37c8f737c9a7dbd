import { memoryOf, nearestMemory } from "../averages/memory";
import { parseSpec, warmupOf } from "../averages/spec";
import { firstEvaluation } from "../charts/runlines";
import type { Past } from "../history/past";
import { type State, isActive } from "../state";
import { discordant, independent, paired } from "../charts/error";
import { type Excerpt, weightOf } from "../history/recorded";
import type { Blow, Comparison } from "./verdict";

export type Stage = "before" | "running" | "paused" | "ended";

export interface Point {
  step: number;
  /** Percent. */
  accuracy: number;
}

/** An average that is tested. */
export interface Tested {
  memory: number;
  start: "none" | "ramp" | "bias-corrected";
  /** The step after which it began. */
  from: number;
  points: Point[];
  /** Its place among the methods of the run; undefined in the recorded run. */
  method: number | undefined;
}

/** What the story shows of a run: the reader's own or the recorded one, never of both. */
export interface Shown {
  /** Whether what is shown was recorded. */
  recorded: boolean;
  stage: Stage;
  step: number;
  total: number;
  batch: number;
  /** Training images, test images, classes and parameters. */
  train: number;
  pictures: number;
  classes: number;
  parameters: number;
  weight: Pick<Past, "first" | "length"> & { values: ArrayLike<number> };
  raw: Point[];
  averages: Tested[];
  /** The steps of the bad batches. */
  hits: number[];
  /** Seconds until the first test, where it is known. */
  firstTest: number | undefined;
}

export function stageOf({ phase, step }: State): Stage {
  if (isActive(phase) || (phase === "pausing" && step > 0)) return "running";
  if (phase === "finished" || phase === "diverged") return "ended";
  return step > 0 ? "paused" : "before";
}

/** The run to show: until the reader has started one, the recorded one. */
export function shownRun(state: State, excerpt: Excerpt): Shown {
  const stage = stageOf(state);
  if (stage === "before" || state.description === undefined) return recordedRun(excerpt);
  const { description, experiment, points, past, marks, step } = state;
  const pointsOf = (name: string): Point[] =>
    points.flatMap(({ step, methods }) => {
      const accuracy = methods.find((method) => method.name === name)?.accuracy;
      return typeof accuracy === "number" ? [{ step, accuracy }] : [];
    });
  return {
    recorded: description.recorded !== undefined,
    stage,
    step,
    total: description.total_steps,
    batch: Number(experiment?.batch),
    train: description.dataset.train,
    pictures: description.dataset.test,
    classes: description.dataset.classes.length,
    parameters: description.parameters,
    weight: past,
    raw: pointsOf(description.methods[0]?.name ?? ""),
    averages: description.methods.flatMap(({ name, average }, method) =>
      testedAs(average, pointsOf(name), method),
    ),
    hits: marks.flatMap((mark) => (mark.kind === "outlier" ? [mark.step] : [])),
    firstTest: secondsToFirst(state),
  };
}

/** The recorded run, whole. */
export function recordedRun(excerpt: Excerpt): Shown {
  const values = weightOf(excerpt);
  const pointsOf = (place: number): Point[] =>
    excerpt.tests.map(({ step, accuracies }) => ({ step, accuracy: accuracies[place] ?? NaN }));
  return {
    recorded: true,
    stage: "before",
    step: values.length,
    total: values.length,
    batch: excerpt.batch,
    train: excerpt.dataset.train,
    pictures: excerpt.dataset.test,
    classes: excerpt.classes,
    parameters: excerpt.parameters,
    weight: { first: 1, length: values.length, values },
    raw: pointsOf(0),
    averages: excerpt.averages.flatMap((average, k) => testedAs(average, pointsOf(k + 1), undefined)),
    hits: [],
    firstTest: undefined,
  };
}

/** An average that can be on the slider: it has a constant β, and is updated at every step. */
function testedAs(average: unknown, points: Point[], method: number | undefined): Tested[] {
  const spec = parseSpec(average);
  if (spec?.decay.kind !== "constant" || spec.every !== 1) return [];
  const { decay, from } = spec;
  return [{ memory: memoryOf(decay.beta), start: warmupOf(decay), from, points, method }];
}

/** The tested average that is nearest to a memory; of several with the same memory, one whose start is corrected. */
export function nearestAverage({ averages }: Shown, memory: number): Tested | undefined {
  const nearest = nearestMemory(
    memory,
    averages.map((average) => average.memory),
  );
  const same = averages.filter((average) => average.memory === nearest);
  return same.find(({ start }) => start === "bias-corrected") ?? same[0];
}

/** The newest test of an average and of the raw network. */
export function comparisonOf(
  shown: Shown,
  average: Tested | undefined,
  state: State,
): Comparison | undefined {
  const newest = average?.points.at(-1);
  const raw = shown.raw.at(-1);
  if (average === undefined || newest === undefined || raw?.step !== newest.step) return undefined;
  const { pictures } = shown;
  // On the same pictures, the difference is surer than the two shares are.
  const counts =
    average.method === undefined || state.predictions?.step !== newest.step
      ? undefined
      : discordant(state.predictions, state.labels, average.method);
  return {
    step: newest.step,
    memory: average.memory,
    average: newest.accuracy,
    raw: raw.accuracy,
    pictures,
    error: counts === undefined ? independent(newest.accuracy, raw.accuracy, pictures) : paired(counts),
  };
}

/** What the last bad batch did, as long as the first test after it is the newest one. */
export function blowOf({ hits, raw }: Shown, average: Tested | undefined): Blow | undefined {
  const hit = hits.at(-1);
  if (hit === undefined || average === undefined) return undefined;
  const sides = [raw, average.points].map((points) => {
    const [before, after] = points.slice(-2);
    const isBlow = before !== undefined && after !== undefined && before.step <= hit && after.step > hit;
    return isBlow ? ([before.accuracy, after.accuracy] as [number, number]) : undefined;
  });
  const [ofRaw, ofAverage] = sides;
  return ofRaw === undefined || ofAverage === undefined ? undefined : { raw: ofRaw, average: ofAverage };
}

function secondsToFirst(state: State): number | undefined {
  const { imagesPerSecond, experiment, step } = state;
  const batch = experiment?.batch;
  if (imagesPerSecond === null || typeof batch !== "number") return undefined;
  return Math.ceil((Math.max(0, firstEvaluation(state) - step) * batch) / imagesPerSecond);
}
