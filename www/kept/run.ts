import { sameValue } from "../controls/values";
import type { Description, EvaluationPoint, Experiment, Method, SummaryRow } from "../engine";
import type { Mark } from "../history/mark";
import type { State } from "../state";
import type { ImageSource } from "../subset";
import { discordant, paired } from "../charts/error";

/** The most tests whose figures are kept; of a longer run, every second, fourth … one, and the last. */
const MOST_TESTS = 200;
/** The most marks that are kept. */
const MOST_MARKS = 100;

/** The tests of a run, one column a quantity; `accuracy` and `loss` have a column a method. */
export interface Curves {
  step: number[];
  epoch: number[];
  /** The number of tests before the first regular one. */
  early: number;
  accuracy: number[][];
  loss: number[][];
}

/** One run as the browser keeps it, in the format of version 1. The names of the fields are part of the format. */
export interface KeptRun {
  version: 1;
  id: string;
  /** Numbers the runs of this browser. */
  number: number;
  /** The reader's name for it; empty for none. */
  name: string;
  /** Milliseconds since 1970. */
  began: number;
  updated: number;
  experiment: Experiment;
  source: ImageSource;
  dataset: Description["dataset"];
  network: string;
  parameters: number;
  adapter: Description["adapter"];
  methods: Method[];
  step: number;
  totalSteps: number;
  /** Seconds of training and testing, pauses left out. */
  seconds: number;
  diverged: boolean;
  summary: SummaryRow[];
  /** Two standard errors of each method's difference from raw at the last test, in points; null where they are not known. */
  errors: (number | null)[];
  curves: Curves;
  marks: Mark[];
}

/** What is known of a run besides its state. */
export type Circumstances = Pick<
  KeptRun,
  "id" | "number" | "name" | "began" | "updated" | "source" | "seconds"
>;

/** The state's run as it is kept; undefined for a recorded run, and as long as it has neither a test nor diverged. */
export function keptRun(state: State, circumstances: Circumstances): KeptRun | undefined {
  const { description, experiment, points, step, summary, marks, diverged } = state;
  if (description === undefined || experiment === undefined) return undefined;
  if (description.recorded !== undefined || (points.length === 0 && diverged === undefined)) return undefined;
  const { dataset, network, parameters, adapter, methods, total_steps } = description;
  return {
    version: 1,
    ...circumstances,
    experiment,
    dataset,
    network,
    parameters,
    adapter,
    methods,
    step,
    totalSteps: total_steps,
    diverged: diverged !== undefined,
    summary,
    errors: methods.map((_, method) => errorOf(state, method)),
    curves: curvesOf(thinned(points), methods.length),
    marks: marks.slice(-MOST_MARKS),
  };
}

/** From the pictures on which both networks were tested last, if all of them and their classes are known. */
function errorOf({ predictions, labels, points }: State, method: number): number | null {
  if (method === 0 || predictions?.step !== points.at(-1)?.step) return null;
  const counts = discordant(predictions, labels, method);
  return counts === undefined ? null : paired(counts);
}

/** At most {@link MOST_TESTS} of the points, evenly, with the last one. */
function thinned(points: readonly EvaluationPoint[]): EvaluationPoint[] {
  let stride = 1;
  while (points.length / stride > MOST_TESTS - 1) stride *= 2;
  return points.filter((_, k) => k % stride === 0 || k === points.length - 1);
}

function curvesOf(points: readonly EvaluationPoint[], methods: number): Curves {
  const column = (value: "accuracy" | "loss"): number[][] =>
    Array.from({ length: methods }, (_, method) =>
      points.map((point) => point.methods[method]?.[value] ?? NaN),
    );
  return {
    step: points.map(({ step }) => step),
    epoch: points.map(({ epoch }) => epoch),
    early: points.filter(({ early }) => early === true).length,
    accuracy: column("accuracy"),
    loss: column("loss"),
  };
}

/** The tests as the charts take them. */
export function pointsOf({ curves, methods }: KeptRun): EvaluationPoint[] {
  return curves.step.map((step, k) => ({
    step,
    epoch: curves.epoch[k] ?? NaN,
    ...(k < curves.early ? { early: true } : {}),
    methods: methods.map(({ name }, method) => ({
      name,
      accuracy: curves.accuracy[method]?.[k] ?? NaN,
      loss: curves.loss[method]?.[k] ?? NaN,
    })),
  }));
}

const bytes = new WeakMap<KeptRun, number>();

/** About how many bytes a run takes in the browser's storage. */
export function bytesOf(run: KeptRun): number {
  const known = bytes.get(run) ?? JSON.stringify(run).length;
  bytes.set(run, known);
  return known;
}

/** What tells a run from others. */
export interface Tested {
  experiment: Experiment;
  dataset: KeptRun["dataset"];
  points: readonly EvaluationPoint[];
}

/** Whether a kept run is this one: the same settings, images and, as far as both go, tests. */
export function isRunOf(run: KeptRun, { experiment, dataset, points }: Tested): boolean {
  if (!sameValue(run.experiment, experiment) || !sameValue(run.dataset, dataset)) return false;
  const { step, accuracy } = run.curves;
  const kept = new Map(step.map((step, k) => [step, accuracy.map((column) => column[k])]));
  const both = points.filter(({ step }) => kept.has(step));
  const same = ({ step, methods }: EvaluationPoint): boolean =>
    sameValue(
      methods.map(({ accuracy }) => accuracy),
      kept.get(step),
    );
  return both.length > 0 && both.every(same);
}

/** Whether this is a run in the version that this page reads. */
export function isKept(value: unknown): value is KeptRun {
  return typeof value === "object" && value !== null && (value as Partial<KeptRun>).version === 1;
}
