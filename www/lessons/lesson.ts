import { parseSpecs } from "../averages/spec";
import type { Average, EvaluationPoint, Experiment, Method } from "../engine";
import type { Mark } from "../history/mark";
import type { TermId } from "../panels/glossary/terms";
import type { Paper } from "../papers";
import type { PartName } from "../view/parts";

export type LessonId = "noise" | "outlier" | "beta" | "decay" | "labels" | "buffers" | "batch";

/** Short runs answer within minutes on a software adapter; long ones answer more surely, and want a GPU. */
export type Length = "short" | "long";

/** The reader's prediction: one of the question's options, or a value. */
export type Prediction = string | number;

export type Question =
  | { kind: "choice"; options: readonly string[] }
  | {
      kind: "value";
      min: number;
      max: number;
      step: number;
      start: number;
      unit: "percent" | "points";
      /** A prediction this near to what is measured is right. */
      tolerance: number;
    };

/** Something the reader may set before the run. */
export interface Dial {
  values: readonly number[];
  start: number;
  unit: "percent" | "times";
}

/** One of the runs that a lesson is made of. */
export interface LessonRun {
  /** Its name in the results; a message `lesson.run.<name>`. */
  name: string;
  /** Settings that differ from the engine's defaults. */
  settings: Experiment;
  /** After this step the reader feeds a batch with wrong labels; from there on, tests come more often. */
  disturb?: { after: number; evalEvery: number };
}

/** The measurements of a lesson's run. */
export interface RunResult {
  name: string;
  experiment: Experiment;
  /** The methods, raw first. */
  methods: Method[];
  /** The evaluations, without the early ones. */
  points: EvaluationPoint[];
  marks: Mark[];
  averages: Average[];
  testImages: number;
}

/** A number as it will be written, in whatever language. */
export interface Figure {
  value: number;
  decimals: number;
  unit?: "percent" | "points" | "steps";
}

/** A value in a sentence or a cell, independent of language. */
export type MessageValue = Figure | { method: string; average?: Method["average"] } | { key: string };

interface VerdictRow {
  label: MessageValue;
  cells: (MessageValue | null)[];
  /** The row the sentence is about. */
  top?: boolean;
}

/** A curve to draw: test accuracy over the number of images seen. */
export interface Curve {
  label: MessageValue;
  points: [images: number, accuracy: number][];
}

/** The verdict, computed from the measurements. */
export interface Verdict {
  /** The correct prediction; null if the run is inconclusive. */
  answer: Prediction | null;
  /** Messages, each with its values. */
  sentences: { key: string; values: Record<string, MessageValue> }[];
  columns: string[];
  rows: VerdictRow[];
  /** Of lessons of several runs, which no chart of the page shows side by side. */
  curves?: Curve[];
}

export interface Lesson {
  id: LessonId;
  question: Question;
  dial?: Dial;
  /** The cards in which the answer is seen; the first is scrolled to. */
  shownBy: readonly PartName[];
  sources: readonly Paper[];
  /** The glossary's terms that one has to know. */
  terms: readonly TermId[];
  /** @param dial what the dial is at; without a dial, 0 */
  runs: (length: Length, dial: number) => LessonRun[];
  verdict: (results: readonly RunResult[], dial: number) => Verdict;
  /** Numbers of the run that its text names. */
  facts: (length: Length, dial: number) => Record<string, MessageValue>;
}

/** Whether the prediction was right; undefined if the run is inconclusive. */
export function isRight(
  question: Question,
  prediction: Prediction,
  answer: Prediction | null,
): boolean | undefined {
  if (answer === null) return undefined;
  if (question.kind === "choice") return prediction === answer;
  return Math.abs(Number(prediction) - Number(answer)) <= question.tolerance;
}

/**
 * Images a lesson costs, counted in training images; an image that is only looked at costs a third.
 *
 * @param recompute images that batch norm's statistics are measured on before a test, where they are
 */
export function cost(runs: readonly { settings: Experiment }[], recompute: number): number {
  return runs.reduce((total, { settings }) => {
    const value = (key: string): number => Number(settings[key]);
    const averages = parseSpecs(settings.ema);
    const recomputed = averages.filter((spec) => spec?.buffers === "recompute").length * recompute;
    const early = settings.eval_early === false ? 0 : Math.ceil(Math.log2(value("eval_every")));
    const tests = early + Math.ceil(value("steps") / value("eval_every"));
    const looks = tests * ((1 + averages.length) * value("limit_test") + recomputed);
    return total + value("steps") * value("batch") + looks / 3;
  }, 0);
}
