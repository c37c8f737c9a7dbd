/** What a file of results has of each run: those that the page exports, and the logs of page and command line. */

import type { Experiment } from "../../engine";

/** What one run scored at its last test, in percent. */
export interface Result {
  /** The file, and in a file of several runs the run. */
  from: string;
  seed: number;
  experiment: Experiment;
  data: Data;
  step: number;
  raw: number;
  /** Of each average, by its text. */
  averages: ReadonlyMap<string, number>;
}

export interface Data {
  name: string;
  synthetic: boolean;
  train: number;
  test: number;
}

/** Why a run is not among those that are compared. */
export type Why =
  | { what: "empty" | "unread" | "large" | "no-result" | "changed" | "disturbed" }
  | { what: "json"; line: number }
  | { what: "unfinished" | "diverged"; step: number }
  | { what: "settings"; of: Result; others: Result }
  | { what: "data"; data: Data }
  | { what: "steps"; step: number; others: number }
  | { what: "seed"; seed: number; other: string }
  | { what: "average"; average: string };

/** A file, or a run in it, that is left out. */
export interface Left {
  from: string;
  why: Why;
}

export interface Read {
  results: Result[];
  left: Left[];
}

/** The most bytes of a file that is read. */
export const MOST_BYTES = 64e6;

/** Thrown where a file has not what a result has. */
class NoResult extends Error {}

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function objectIn(value: unknown): Fields {
  if (!isObject(value)) throw new NoResult();
  return value;
}

function listIn(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new NoResult();
  return value;
}

function numberIn(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new NoResult();
  return value;
}

function textIn(value: unknown): string {
  if (typeof value !== "string") throw new NoResult();
  return value;
}

/** The runs in the text of a file. */
export function readResults(name: string, text: string): Read {
  const bare = text.replace(/^\ufeff/u, "");
  if (bare.trim() === "") return { results: [], left: [{ from: name, why: { what: "empty" } }] };
  const whole = parsed(bare);
  // A log of one line is an object too.
  if (isObject(whole) && Array.isArray(whole.runs)) return together(name, whole.runs, keptResult);
  return whole === undefined || (isObject(whole) && "event" in whole)
    ? readLog(name, bare)
    : { results: [], left: [{ from: name, why: { what: "no-result" } }] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Each of the runs in a file; `read` returns why one is left out. */
function together<Run>(
  name: string,
  runs: readonly Run[],
  read: (run: Run) => Omit<Result, "from"> | Why,
): Read {
  const found: Read = { results: [], left: [] };
  runs.forEach((run, k) => {
    const from = runs.length === 1 ? name : `${name} (${k + 1})`;
    try {
      const result = read(run);
      if ("what" in result) found.left.push({ from, why: result });
      else found.results.push({ from, ...result });
    } catch (thrown) {
      if (!(thrown instanceof NoResult)) throw thrown;
      found.left.push({ from, why: { what: "no-result" } });
    }
  });
  if (runs.length === 0) found.left.push({ from: name, why: { what: "empty" } });
  return found;
}

/** Of a run that the page keeps; its format is in `www/kept/run.ts`. */
function keptResult(value: unknown): Omit<Result, "from"> | Why {
  const run = objectIn(value);
  const experiment = objectIn(run.experiment);
  const dataset = objectIn(run.dataset);
  const step = numberIn(run.step);
  if (run.diverged === true) return { what: "diverged", step };
  if (step < numberIn(run.totalSteps)) return { what: "unfinished", step };
  const marks = listIn(run.marks).map(objectIn);
  if (marks.some(({ kind }) => kind === "change")) return { what: "changed" };
  if (marks.some(({ kind }) => kind === "outlier")) return { what: "disturbed" };
  const data = {
    name: textIn(dataset.name),
    synthetic: dataset.synthetic === true,
    train: numberIn(dataset.train),
    test: numberIn(dataset.test),
  };
  return {
    seed: numberIn(experiment.seed),
    experiment,
    data,
    step,
    ...scores(experiment, listIn(run.summary)),
  };
}

/** The rows of a table: the raw weights, then the averages in the order of the settings. */
function scores(experiment: Fields, rows: readonly unknown[]): Pick<Result, "raw" | "averages"> {
  const [raw = NaN, ...accuracies] = rows.map((row) => numberIn(objectIn(row).accuracy));
  const averages = listIn(experiment.ema).map(textIn);
  if (averages.length !== accuracies.length) throw new NoResult();
  return { raw: numberIn(raw), averages: new Map(averages.map((text, k) => [text, accuracies[k] ?? NaN])) };
}

/** The events of one run: its starts and resumptions, the last test and the summary. */
interface Events {
  starts: Fields[];
  tested: number;
  summary: Fields | undefined;
}

/** A log: an event a line, in the format of `src/run/log/mod.rs`. */
function readLog(name: string, text: string): Read {
  const runs: Events[] = [];
  const lines = text.trimEnd().split("\n");
  const leave = (why: Why): Read => ({ results: [], left: [{ from: name, why }] });
  for (const [k, line] of lines.entries()) {
    // Most of the lines, and nothing in them is needed.
    if (line.trim() === "" || line.startsWith('{"event":"step"')) continue;
    const event = parsed(line);
    if (event === undefined) {
      if (!line.startsWith("{")) return leave({ what: "no-result" });
      // An object on several lines, as the page exports it, is broken somewhere; where it is cut off, at its end.
      return leave({ what: "json", line: line.trim() === "{" ? lines.length : k + 1 });
    }
    if (!isObject(event)) continue;
    const run = runs.at(-1);
    if (event.event === "start") {
      // A run that is resumed goes on; one at step 0 is another.
      if (run === undefined || event.step === 0)
        runs.push({ starts: [event], tested: 0, summary: undefined });
      else run.starts.push(event);
    } else if (run !== undefined && event.event === "epoch") {
      run.tested = typeof event.step === "number" ? event.step : run.tested;
    } else if (run !== undefined && event.event === "summary") {
      run.summary = event;
    }
  }
  return runs.length === 0 ? leave({ what: "no-result" }) : together(name, runs, logResult);
}

function logResult({ starts, tested, summary }: Events): Omit<Result, "from"> | Why {
  const configs = starts.map(({ config }) => objectIn(config));
  const experiment = objectIn(configs.at(-1));
  if (new Set(configs.map(settingsOf)).size > 1) return { what: "changed" };
  if (summary === undefined) return { what: "unfinished", step: tested };
  const step = numberIn(summary.steps);
  if (typeof summary.diverged === "number") return { what: "diverged", step: summary.diverged };
  if (summary.interrupted === true) return { what: "unfinished", step };
  const data = {
    name: textIn(summary.dataset),
    synthetic: summary.synthetic === true,
    train: numberIn(summary.train_images),
    test: numberIn(summary.test_images),
  };
  return {
    seed: numberIn(summary.seed),
    experiment,
    data,
    step,
    ...scores(experiment, listIn(summary.rows)),
  };
}

/**
 * Settings that do not make two runs different ones: the seed, how the images and the length are spelt, which are compared by
 * themselves, and what is measured of the same training.
 */
export const NOT_COMPARED = ["seed", "data", "steps", "epochs", "eval_every", "eval_early", "ema"];

/** The settings that two runs have to share, as one text. */
export function settingsOf(experiment: Experiment | Fields): string {
  const compared = Object.entries(experiment)
    .filter(([key, value]) => !NOT_COMPARED.includes(key) && value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(compared);
}
